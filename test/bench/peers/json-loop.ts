import { createClient } from '@clickhouse/client'
import avsc from 'avsc'
import { Kafka, logLevel } from 'kafkajs'

import { FRAME_BYTES, schemaText } from '@meterline/contract'

/**
 * The loop that one writes first: kafkajs reads committed records, avsc decodes them, @clickhouse/client inserts each batch as
 * JSONEachRow, and then the position is committed. Runs until it is ended.
 */
export interface LoopInput {
  readonly brokers: string
  readonly topic: string
  readonly groupId: string
  readonly url: string
  readonly database: string
  readonly username: string
  readonly password: string
  readonly table: string
  /** At most in one batch. */
  readonly fetchBytes: number
}

/** As many batches under way as the sink has, so that ClickHouse is never waiting for the loop. */
const CONCURRENT_PARTITIONS = 2

/** So that one that was killed is not waited for longer than needed. */
const SESSION_TIMEOUT_MS = 6_000

const input = JSON.parse(process.argv[2] ?? '') as LoopInput
// The plain reading of a schema: times as numbers, decimals as bytes.
const type = avsc.Type.forSchema(JSON.parse(schemaText('metered-usage.avsc')) as avsc.Schema)
const { url, database, username, password } = input
const clickhouse = createClient({ url, database, username, password })
const kafka = new Kafka({
  brokers: input.brokers.split(','),
  clientId: 'bench-loop',
  logLevel: logLevel.ERROR,
})
const consumer = kafka.consumer({
  groupId: input.groupId,
  maxBytesPerPartition: input.fetchBytes,
  sessionTimeout: SESSION_TIMEOUT_MS,
})
await consumer.connect()
await consumer.subscribe({ topics: [input.topic], fromBeginning: true })
await consumer.run({
  partitionsConsumedConcurrently: CONCURRENT_PARTITIONS,
  eachBatch: async ({ batch }) => {
    await clickhouse.insert({
      table: input.table,
      format: 'JSONEachRow',
      values: batch.messages.map(({ value, offset }) => ({
        ...(type.fromBuffer((value ?? Buffer.alloc(0)).subarray(FRAME_BYTES)) as object),
        _partition: batch.partition,
        _offset: Number(offset),
      })),
    })
  },
})
