import { TOPICS } from '@meterline/contract'

import { encodeRecordBatch } from '../../../../packages/kafka/src/wire/encode-batch.ts'
import type { SimKafka } from '../kafka/sim-kafka.ts'
import type { VirtualTime } from '../time/virtual-time.ts'
import type { FeedItem } from './feed.ts'

const FIRST_PRODUCER_ID = 1_000_000

/** Writes an item as its producer does; each transaction is a producer's own. */
export function appendFeed(
  world: { readonly kafka: SimKafka; readonly time: VirtualTime },
  item: FeedItem,
  index: number,
): void {
  const { kafka, time } = world
  const { partition, messages, transaction } = item
  const topic = TOPICS.usageEvents.name
  if (transaction === undefined) return kafka.write(topic, partition, messages)
  const producerId = FIRST_PRODUCER_ID + index
  const log = kafka.log(topic, partition)
  const header = { producerId, producerEpoch: 0, baseSequence: 0, transactional: true, nowMs: time.nowMs }
  log.append(encodeRecordBatch(messages, header))
  time.after(transaction.endsAfterMs, () => log.mark(producerId, 0, transaction.outcome))
}
