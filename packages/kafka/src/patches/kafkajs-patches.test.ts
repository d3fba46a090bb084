import { createRequire } from 'node:module'
import kafkajs from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { abortMarker, batchOf, commitMarker, emptiedBatch } from '../wire/sample-batches.ts'

// Each of these fails with kafkajs 2.2.4 as published; see patches/README.md for what happens then.

describe('abort filter (consumer/filterAbortedMessages.js)', () => {
  test('entries sorted by the end of their transactions: nothing aborted is delivered', async () => {
    const log = Buffer.concat([
      batchOf({ baseOffset: 0, values: ['aborted 1'], producerId: 1, transactional: true }),
      batchOf({ baseOffset: 1, values: ['aborted 2'], producerId: 2, transactional: true }),
      abortMarker({ offset: 2, producerId: 2 }),
      batchOf({ baseOffset: 3, values: ['aborted 1 too'], producerId: 1, transactional: true }),
      abortMarker({ offset: 4, producerId: 1 }),
      batchOf({ baseOffset: 5, values: ['kept'], producerId: 1, transactional: true }),
      commitMarker({ offset: 6, producerId: 1 }),
    ])
    const abortedTransactions = [
      { producerId: '2', firstOffset: '1' },
      { producerId: '1', firstOffset: '0' },
    ]
    const { messages } = new Batch('t', '0', { ...(await fetched(log)), abortedTransactions })
    expect(messages.map((m) => m.value?.toString())).toEqual(['kept'])
  })

  test('one record may be past the beginning of two aborted transactions', async () => {
    // The first records of both are gone (compaction): the first that is left is past both beginnings.
    const log = Buffer.concat([
      batchOf({ baseOffset: 4, values: ['aborted 2'], producerId: 2, transactional: true }),
      batchOf({ baseOffset: 5, values: ['aborted 1'], producerId: 1, transactional: true }),
      abortMarker({ offset: 6, producerId: 1 }),
      abortMarker({ offset: 7, producerId: 2 }),
    ])
    const abortedTransactions = [
      { producerId: '1', firstOffset: '0' },
      { producerId: '2', firstOffset: '1' },
    ]
    const { messages } = new Batch('t', '0', { ...(await fetched(log)), abortedTransactions })
    expect(messages).toEqual([])
  })

  test('a record whose key is four zero bytes is no abort marker', () => {
    const record = (offset: string, key: Buffer, isControlRecord: boolean) => ({
      offset,
      key,
      isControlRecord,
      batchContext: { producerId: '1', inTransaction: true },
    })
    const messages = [
      record('0', Buffer.from([0, 0, 0, 0]), false),
      record('1', Buffer.from('aborted'), false),
      record('2', Buffer.from([0, 0, 0, 0]), true),
    ]
    const left = filterAbortedMessages({
      messages,
      abortedTransactions: [{ producerId: '1', firstOffset: '0' }],
    })
    expect(left.filter((m) => !m.isControlRecord)).toEqual([])
  })
})

describe('batches emptied by the log cleaner (protocol/recordBatch/v0/decoder.js)', () => {
  test('an answer with nothing else still moves the reader on', async () => {
    const batch = new Batch('t', '5', await fetched(emptiedBatch({ baseOffset: 5, lastOffset: 9 })))
    expect(batch.messages).toEqual([])
    expect(batch.rawMessages).not.toEqual([])
    expect(batch.lastOffset()).toBe('9')
  })
})

describe('large answers (protocol/requests/fetch/v4/decodeMessages.js)', () => {
  test('a batch of 200,000 records does not overflow the stack', async () => {
    const values = Array.from({ length: 200_000 }, () => 'x')
    const { messages } = await fetched(batchOf({ baseOffset: 0, values }))
    expect(messages).toHaveLength(values.length)
  })
})

describe('grouping by partition (producer/groupMessagesPerPartition.js)', () => {
  test('takes time in proportion to the messages', () => {
    const group = (count: number): number => {
      const messages = Array.from({ length: count }, () => ({ value: 'x' }))
      const startMs = performance.now()
      const grouped = groupMessagesPerPartition({
        topic: 't',
        partitionMetadata: [{}],
        messages,
        partitioner: () => 0,
      })
      expect(grouped[0]).toHaveLength(count)
      return performance.now() - startMs
    }
    group(1_000)
    // Quadratic it takes some fifteen seconds.
    expect(group(50_000)).toBeLessThan(1_000)
  })
})

describe('error codes (protocol/error.js)', () => {
  test.each([
    [89, 'THROTTLING_QUOTA_EXCEEDED', true],
    [90, 'PRODUCER_FENCED', false],
    [100, 'UNKNOWN_TOPIC_ID', true],
    [103, 'INCONSISTENT_TOPIC_ID', true],
    [105, 'TRANSACTIONAL_ID_NOT_FOUND', false],
    [120, 'TRANSACTION_ABORTABLE', false],
  ])('%i is %s', (code, type, retriable) => {
    expect(createErrorFromCode(code)).toMatchObject({ type, retriable })
  })
})

describe('throttle timer (network/requestQueue/index.js)', () => {
  test('nothing throttled and nothing waiting: no timer, so none with a negative delay', () => {
    const queue = new RequestQueue({
      maxInFlightRequests: null,
      requestTimeout: 1_000,
      clientId: 'c',
      broker: 'b',
      logger: SILENT,
    })
    queue.scheduleCheckPendingRequests()
    expect(queue.throttleCheckTimeoutId).toBeNull()
  })
})

describe('retries of the transaction manager (cluster/index.js)', () => {
  test('follow the options given to the client', () => {
    const retry = { initialRetryTime: 1, maxRetryTime: 2, retries: 2 }
    const kafka = new kafkajs.Kafka({ brokers: ['127.0.0.1:1'], retry, logLevel: kafkajs.logLevel.NOTHING })
    const symbol = Object.getOwnPropertySymbols(kafka).find(
      (s) => s.description === 'private:Kafka:createCluster',
    )!
    const cluster = (Reflect.get(kafka, symbol) as (options: object) => { retry: unknown })({})
    // The transaction manager makes its retrier from this field (producer/eosManager/index.js 49).
    expect(cluster.retry).toEqual(retry)
  })
})

describe('requests (protocol/request.js, network/connection.js)', () => {
  test('what is encoded already is not copied: it follows its header as it is', async () => {
    const payload = [Buffer.from('first'), Buffer.from('second')]
    const { chunks, size } = await createRequest({
      correlationId: 7,
      clientId: 'test',
      request: { apiKey: 0, apiVersion: 7, encode: () => Promise.resolve({ chunks: payload }) },
    })
    expect(chunks[1]).toBe(payload[0])
    expect(chunks[2]).toBe(payload[1])
    const bytes = Buffer.concat(chunks)
    expect(bytes.length).toBe(size)
    expect(bytes.readInt32BE(0)).toBe(size - 4)
    expect(bytes.readInt32BE(8)).toBe(7)
    expect(bytes.subarray(14).toString()).toBe('testfirstsecond')
  })
})

async function fetched(log: Buffer): Promise<FetchedPartition> {
  const framed = Buffer.alloc(4 + log.length)
  framed.writeInt32BE(log.length, 0)
  log.copy(framed, 4)
  return {
    partition: 0,
    highWatermark: '10',
    abortedTransactions: [],
    messages: await decodeMessages(new Decoder(framed)),
  }
}

interface Message {
  readonly offset: string
  readonly key: Buffer | null
  readonly value?: Buffer | null
  readonly isControlRecord: boolean
}

interface FetchedPartition {
  readonly partition: number
  readonly highWatermark: string
  readonly abortedTransactions: readonly object[]
  readonly messages: readonly Message[]
}

const SILENT = { debug: () => undefined, warn: () => undefined }
const load = createRequire(import.meta.url)
const Batch = load('kafkajs/src/consumer/batch') as new (
  topic: string,
  fetchedOffset: string,
  partition: FetchedPartition,
) => { readonly messages: readonly Message[]; readonly rawMessages: readonly Message[]; lastOffset(): string }
const Decoder = load('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object
const decodeMessages = load('kafkajs/src/protocol/requests/fetch/v4/decodeMessages') as (
  decoder: object,
) => Promise<readonly Message[]>
const filterAbortedMessages = load('kafkajs/src/consumer/filterAbortedMessages') as <T>(of: {
  readonly messages: readonly T[]
  readonly abortedTransactions: readonly object[]
}) => T[]
const groupMessagesPerPartition = load('kafkajs/src/producer/groupMessagesPerPartition') as (
  of: object,
) => Readonly<Record<number, readonly object[]>>
const { createErrorFromCode } = load('kafkajs/src/protocol/error') as {
  readonly createErrorFromCode: (code: number) => Error
}
const createRequest = load('kafkajs/src/protocol/request') as (of: object) => Promise<{
  readonly chunks: readonly Buffer[]
  readonly size: number
}>
const RequestQueue = load('kafkajs/src/network/requestQueue') as new (options: object) => {
  scheduleCheckPendingRequests(): void
  readonly throttleCheckTimeoutId: unknown
}
