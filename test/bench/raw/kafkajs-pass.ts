import { Kafka, logLevel } from 'kafkajs'
import type { Producer } from 'kafkajs'

import { program } from '../measure/program.ts'

/**
 * What the client itself can do with the same records: consume, and write each of them once more. With `transactions` as its
 * documentation shows exactly-once: one producer a partition, one transaction a batch, the position inside it.
 */
export interface PassInput {
  readonly brokers: string
  readonly from: string
  readonly to: string
  readonly records: number
  readonly mode: 'consume' | 'pass' | 'pass-transactional'
}

export interface PassResult {
  readonly records: number
  readonly seconds: number
}

const WARM_UP_SHARE = 0.25
const TIMEOUT_MS = 40_000

await program(async (input: PassInput): Promise<PassResult> => {
  const kafka = new Kafka({
    brokers: input.brokers.split(','),
    clientId: 'bench-raw',
    logLevel: logLevel.NOTHING,
  })
  const groupId = `bench-raw-${input.mode}-${process.pid}`
  const consumer = kafka.consumer({ groupId, maxBytesPerPartition: 4 * 1024 * 1024 })
  const producers = new Map<number, Promise<Producer>>()
  const producerOf = (partition: number): Promise<Producer> => {
    const transactional = input.mode === 'pass-transactional'
    const known = producers.get(partition)
    if (known !== undefined) return known
    const producer = kafka.producer(
      transactional
        ? { transactionalId: `${groupId}-${partition}`, maxInFlightRequests: 1, idempotent: true }
        : { allowAutoTopicCreation: false },
    )
    const connected = producer.connect().then(() => producer)
    producers.set(partition, connected)
    return connected
  }

  const finished = Promise.withResolvers<PassResult>()
  let first: { readonly atMs: number; readonly records: number } | undefined
  let records = 0
  consumer.on(consumer.events.CRASH, ({ payload }) => finished.reject(payload.error))
  await consumer.connect()
  await consumer.subscribe({ topics: [input.from], fromBeginning: true })
  await consumer.run({
    autoCommit: input.mode !== 'pass-transactional',
    partitionsConsumedConcurrently: 8,
    eachBatch: async ({ batch }) => {
      const { partition } = batch
      const messages = batch.messages.map(({ key, value, headers }) => ({
        key,
        value,
        partition,
        ...(headers === undefined ? {} : { headers }),
      }))
      if (input.mode === 'pass') {
        await (await producerOf(partition)).send({ topic: input.to, acks: -1, messages })
      }
      if (input.mode === 'pass-transactional') {
        const transaction = await (await producerOf(partition)).transaction()
        await transaction.send({ topic: input.to, acks: -1, messages })
        const offset = String(Number(batch.lastOffset()) + 1)
        await transaction.sendOffsets({
          consumerGroupId: groupId,
          topics: [{ topic: input.from, partitions: [{ partition, offset }] }],
        })
        await transaction.commit()
      }
      records += messages.length
      // As for the services: the last three quarters are timed.
      if (records > input.records * WARM_UP_SHARE) first ??= { atMs: performance.now(), records }
      if (records >= input.records && first !== undefined) {
        finished.resolve({
          records: records - first.records,
          seconds: (performance.now() - first.atMs) / 1_000,
        })
      }
    },
  })
  const timeout = setTimeout(
    () => finished.reject(new Error(`${records} of ${input.records} records were passed in time`)),
    TIMEOUT_MS,
  )
  const result = await finished.promise
  clearTimeout(timeout)
  return result
})
