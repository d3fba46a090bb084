/** Every bound of the gateway has its name here; those of a body and an event are in contract and domain. */
export const LIMITS = {
  /** From the last byte of the body to the answer. */
  writeDeadlineMs: 10_000,
  /** Slow senders are cut off. */
  requestTimeoutMs: 30_000,
  /** Bytes of refused events kept per second, and at once; beyond, they are counted and not kept. */
  keptRefusedBytesPerSecond: 1024 * 1024,
  keptRefusedBurstBytes: 64 * 1024 * 1024,
  /** How long readiness stays green without any sign of Kafka. */
  kafkaSilenceMs: 15_000,
  maxHeaderBytes: 16 * 1024,
} as const
