import { ByteReader } from '../../../../packages/kafka/src/wire/byte-reader.ts'
import type { FetchAnswer } from '../../../../packages/kafka/src/wire/fetch.ts'
import type { ProduceAnswer } from '../../../../packages/kafka/src/wire/produce.ts'
import type { VirtualTime } from '../time/virtual-time.ts'
import { batchHeader } from './batch-header.ts'
import { CODES } from './errors.ts'
import { keyOf, type SimKafka } from './sim-kafka.ts'

/** A Produce request as it comes over the wire, version 7. */
export function serveProduce(kafka: SimKafka, bytes: Buffer): ProduceAnswer[] {
  const reader = new ByteReader(bytes)
  reader.string()
  reader.at += 2 + 4
  return reader
    .array((topicReader) => {
      const topic = topicReader.string() ?? ''
      return topicReader.array((entry) => {
        const partition = entry.int32()
        const batch = entry.slice(entry.int32())
        return { topic, partition, errorCode: append(kafka, { topic, partition, batch }), baseOffset: -1 }
      })
    })
    .flat()
}

function append(
  kafka: SimKafka,
  { topic, partition, batch }: { readonly topic: string; readonly partition: number; readonly batch: Buffer },
): number {
  const { isTransactional, producerId, producerEpoch } = batchHeader(batch)
  if (isTransactional && !kafka.transactions.verifies(producerId, producerEpoch, keyOf(topic, partition))) {
    return CODES.invalidTransactionState
  }
  return kafka.log(topic, partition).append(batch)
}

interface Wanted {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** A Fetch request as it comes over the wire, version 11: answered when there is something, or when the wait is over. */
export async function serveFetch(kafka: SimKafka, time: VirtualTime, bytes: Buffer): Promise<FetchAnswer[]> {
  const reader = new ByteReader(bytes)
  reader.at += 4
  const maxWaitMs = reader.int32()
  reader.at += 4 + 4 + 1 + 4 + 4
  const wanted = reader
    .array((topicReader): Wanted[] => {
      const topic = topicReader.string() ?? ''
      return topicReader.array((entry) => {
        const partition = entry.int32()
        entry.at += 4
        const offset = entry.int64()
        entry.at += 8 + 4
        return { topic, partition, offset }
      })
    })
    .flat()
  const endMs = time.nowMs + maxWaitMs
  while (!hasAny(kafka, wanted) && time.nowMs < endMs) await change(kafka, time, { wanted, endMs })
  return wanted.map((entry) => answerFor(kafka, entry))
}

function hasAny(kafka: SimKafka, wanted: readonly Wanted[]): boolean {
  return wanted.some(({ topic, partition, offset }) => kafka.log(topic, partition).stable !== offset)
}

function change(
  kafka: SimKafka,
  time: VirtualTime,
  { wanted, endMs }: { readonly wanted: readonly Wanted[]; readonly endMs: number },
): Promise<void> {
  return new Promise((resolve) => {
    const timer = time.after(endMs - time.nowMs, resolve)
    for (const { topic, partition } of wanted) {
      kafka.log(topic, partition).onChange(() => {
        timer.cancel()
        resolve()
      })
    }
  })
}

function answerFor(kafka: SimKafka, { topic, partition, offset }: Wanted): FetchAnswer {
  const log = kafka.log(topic, partition)
  const at = { topic, partition }
  if (offset < 0 || offset > log.high) {
    const nothing = { highWatermark: -1, lastStableOffset: -1, aborted: [], batches: Buffer.alloc(0) }
    return { ...at, errorCode: CODES.outOfRange, ...nothing }
  }
  const { batches, aborted, stable, high } = log.read(offset)
  return { ...at, errorCode: 0, highWatermark: high, lastStableOffset: stable, aborted, batches }
}
