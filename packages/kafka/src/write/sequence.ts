/** The sequence number after `count` records; brokers count them per producer and partition, modulo 2^31. */
export function nextSequence(sequence: number, count: number): number {
  return (sequence + count) % 2 ** 31
}
