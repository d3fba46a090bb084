import { createRequire } from 'node:module'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { OutputMessage } from '@meterline/topology'
import { KafkaError } from '../errors.ts'
import { decodeRecordBatches } from './decode-batches.ts'
import { encodeRecordBatch } from './encode-batch.ts'
import {
  abortMarker,
  batchOf,
  commitMarker,
  compressBatch,
  emptiedBatch,
  moveBatch,
} from './sample-batches.ts'

const header = {
  producerId: 7,
  producerEpoch: 1,
  baseSequence: 0,
  transactional: false,
  nowMs: 1_800_000_000_000,
}
const wanted = { partition: 3, fromOffset: 0, aborted: [] }

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
const message: fc.Arbitrary<OutputMessage> = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), bytes, {
    maxKeys: 3,
    noNullPrototype: true,
  }),
  timestampMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
})
const messages = fc.array(message, { minLength: 1, maxLength: 40 })

describe('what is encoded', () => {
  test('is decoded as it was', () => {
    fc.assert(
      fc.property(messages, (input) => {
        const { records, nextOffset } = decodeRecordBatches(encodeRecordBatch(input, header), wanted)
        expect(nextOffset).toBe(input.length)
        expect(records).toEqual(input.map((m, offset) => ({ ...m, partition: 3, offset })))
      }),
    )
  })

  test('has headers of any name, none of which becomes the prototype of the others', () => {
    const headers = Object.fromEntries([['__proto__', Buffer.from('x')]])
    const batch = encodeRecordBatch([{ key: null, value: null, headers }], header)
    const [record] = decodeRecordBatches(batch, wanted).records
    expect(Object.getPrototypeOf(record?.headers)).toBe(Object.prototype)
    expect(Object.keys(record?.headers ?? {})).toEqual(['__proto__'])
  })

  test('is read the same by the client', async () => {
    await fc.assert(
      fc.asyncProperty(messages, async (input) => {
        const decoded = await clientDecode(new ClientDecoder(encodeRecordBatch(input, header)))
        expect(
          decoded.records.map((r) => ({ key: r.key, value: r.value, timestampMs: Number(r.timestamp) })),
        ).toEqual(input.map(({ key, value, timestampMs }) => ({ key, value, timestampMs })))
      }),
      { numRuns: 50 },
    )
  })

  test('takes string keys, missing headers and missing timestamps', () => {
    const input = [
      { key: 'käse', value: null },
      { key: null, value: Buffer.from('v'), headers: { a: 'b', none: undefined } },
    ]
    const { records } = decodeRecordBatches(encodeRecordBatch(input, header), wanted)
    expect(records.map((r) => r.key?.toString())).toEqual(['käse', undefined])
    expect(records[1]?.headers).toEqual({ a: Buffer.from('b'), none: undefined })
    expect(records[0]?.timestampMs).toBe(header.nowMs)
  })
})

describe('what is decoded', () => {
  test('begins at the wanted offset and leaves a cut-off batch for the next fetch', () => {
    const first = batchOf({ baseOffset: 10, values: ['a', 'b', 'c'] })
    const second = batchOf({ baseOffset: 13, values: ['d'] })
    const cut = Buffer.concat([first, second.subarray(0, second.length - 1)])
    const { records, nextOffset, heldBytes } = decodeRecordBatches(cut, { ...wanted, fromOffset: 11 })
    expect(records.map((r) => r.offset)).toEqual([11, 12])
    // The records are views of it, so all of it stays.
    expect(heldBytes).toBe(cut.length)
    expect(nextOffset).toBe(13)
  })

  test.each([
    ['gzip', 1, gzipSync],
    ['zstd', 4, zstdCompressSync],
  ])('may be compressed with %s', (_name, codec, compress) => {
    const plain = batchOf({ baseOffset: 5, values: ['a'.repeat(1000), 'b'] })
    const { records } = decodeRecordBatches(compressBatch(plain, codec, compress), {
      ...wanted,
      fromOffset: 5,
    })
    expect(records.map((r) => r.value?.toString())).toEqual(['a'.repeat(1000), 'b'])
  })

  test('moves past batches that compaction has emptied', () => {
    const log = Buffer.concat([
      batchOf({ baseOffset: 0, values: ['a'] }),
      emptiedBatch({ baseOffset: 1, lastOffset: 9 }),
    ])
    const { records, nextOffset } = decodeRecordBatches(log, wanted)
    expect(records).toHaveLength(1)
    expect(nextOffset).toBe(10)
  })

  test('leaves out interleaved aborted transactions, listed by their end as brokers list them', () => {
    const log = Buffer.concat([
      batchOf({ baseOffset: 0, values: ['aborted 1'], producerId: 1, transactional: true }),
      batchOf({ baseOffset: 1, values: ['aborted 2'], producerId: 2, transactional: true }),
      batchOf({ baseOffset: 2, values: ['kept'], producerId: 3, transactional: true }),
      abortMarker({ offset: 3, producerId: 2 }),
      batchOf({ baseOffset: 4, values: ['aborted 1 too'], producerId: 1, transactional: true }),
      abortMarker({ offset: 5, producerId: 1 }),
      commitMarker({ offset: 6, producerId: 3 }),
      batchOf({ baseOffset: 7, values: ['kept 2'], producerId: 1, transactional: true }),
    ])
    const aborted = [
      { producerId: 2, firstOffset: 1 },
      { producerId: 1, firstOffset: 0 },
    ]
    const { records, nextOffset } = decodeRecordBatches(log, { ...wanted, aborted })
    expect(records.map((r) => r.value?.toString())).toEqual(['kept', 'kept 2'])
    expect(nextOffset).toBe(8)
  })

  test('a flipped bit anywhere after the checksum is found', () => {
    const batch = batchOf({ baseOffset: 0, values: ['value'] })
    fc.assert(
      fc.property(
        fc.integer({ min: 21, max: batch.length - 1 }),
        fc.integer({ min: 0, max: 7 }),
        (at, bit) => {
          const flipped = Buffer.from(batch)
          flipped[at] = flipped[at]! ^ (1 << bit)
          expect(() => decodeRecordBatches(flipped, wanted)).toThrow(KafkaError)
        },
      ),
    )
  })

  test('offsets beyond 32 bits survive', () => {
    const batch = moveBatch(batchOf({ baseOffset: 0, values: ['a'] }), 2 ** 40 + 3)
    const { records } = decodeRecordBatches(batch, { ...wanted, fromOffset: 2 ** 40 })
    expect(records[0]?.offset).toBe(2 ** 40 + 3)
  })
})

const load = createRequire(import.meta.url)
const ClientDecoder = load('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object
const clientDecode = load('kafkajs/src/protocol/recordBatch/v0/decoder') as (decoder: object) => Promise<{
  records: { key: Buffer | null; value: Buffer | null; timestamp: string }[]
}>
