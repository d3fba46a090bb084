import { frame, partitionForKey, usageEventCodec } from '@meterline/contract'
import { createLogWriter } from '@meterline/kafka'
import type { OutputMessage } from '@meterline/topology'

import type { BenchStack } from '../stack/bench-stack.ts'
import { createTraffic, EVENTS_PER_EVENT_SECOND } from './traffic.ts'

const CHUNK_EVENTS = 20_000
const SECOND_MS = 1_000
/** The newest event is this old, so that none is in the future of the broker's clock. */
const AGE_MS = 60_000

/** Appends events to a log as a producer with its own Kafka client would; resolves when all are acknowledged. */
export async function prefillEvents(
  stack: BenchStack,
  to: { readonly topic: string; readonly partitions: number; readonly events: number; readonly seed: string },
): Promise<void> {
  const spanMs = (to.events / EVENTS_PER_EVENT_SECOND) * SECOND_MS
  const next = createTraffic({ seed: to.seed, startMs: Date.now() - AGE_MS - spanMs })
  const schemaId = stack.schemaId('usage.events-value')
  const writer = createLogWriter(stack.kafka, { sendTimeoutMs: 60_000 })
  try {
    let sending = Promise.resolve()
    for (let made = 0; made < to.events; made += CHUNK_EVENTS) {
      const byPartition: OutputMessage[][] = Array.from({ length: to.partitions }, () => [])
      for (let i = 0; i < Math.min(CHUNK_EVENTS, to.events - made); i += 1) {
        const event = next()
        const partition = partitionForKey(event.request_id, to.partitions)
        byPartition[partition]?.push({
          key: event.request_id,
          value: frame(schemaId, usageEventCodec.encode(event)),
        })
      }
      // One chunk under way while the next is encoded.
      await sending
      sending = writer.send(
        byPartition.map((messages, partition) => ({ topic: to.topic, partition, messages })),
      )
    }
    await sending
  } finally {
    await writer.close()
  }
}
