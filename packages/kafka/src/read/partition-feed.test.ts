import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { KafkaError } from '../errors.ts'
import type { Fetched } from './fetch-pump.ts'
import {
  createPartitionFeed,
  type FeedLimits,
  type HeldRecords,
  type PartitionFeed,
} from './partition-feed.ts'

const limits = { maxRecordsPerBatch: 4, minBatchIntervalMs: 0, maxBufferedBytes: 100 }

test('whatever way records are fetched, they are handed out once, in order, in batches within the limit', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 12 }), async (fetches) => {
      const feed = openFeed()
      let offset = 0
      for (const count of fetches) {
        feed.accept(fetchOf(offset, count))
        offset += count + 1
      }
      const seen: number[] = []
      let next = 0
      while (feed.lagRecords() > 0) {
        const batch = await feed.next()
        expect(batch.records.length).toBeGreaterThan(0)
        expect(batch.records.length).toBeLessThanOrEqual(limits.maxRecordsPerBatch)
        expect(batch.nextOffset).toBeGreaterThan(batch.records.at(-1)!.offset)
        seen.push(...batch.records.map((record) => record.offset))
        next = batch.nextOffset
      }
      expect(seen).toEqual(
        fetches.flatMap((count, i) => Array.from({ length: count }, (_, k) => startOf(fetches, i) + k)),
      )
      const lastWithRecords = fetches.findLastIndex((count) => count > 0)
      expect(next).toBe(lastWithRecords < 0 ? 0 : startOf(fetches, lastWithRecords + 1))
    }),
  )
})

test('asks for no more while its buffer is full', async () => {
  const feed = openFeed()
  feed.accept({ ...fetchOf(0, 4), heldBytes: 100 })
  expect(feed.wanted()).toBeUndefined()
  await feed.next()
  expect(feed.wanted()).toBe(5)
})

test('says what it holds: from the fetch until the batch is done with, or to its end', async () => {
  const held: HeldRecords[] = []
  const feed = openFeed({ onBuffered: (now) => held.push(now) })
  feed.accept({ ...fetchOf(0, 3), heldBytes: 30 })
  feed.accept({ ...fetchOf(4, 6), heldBytes: 60 })
  await feed.next()
  // A part of a fetch keeps all of it.
  await feed.next()
  feed.stop(new KafkaError('closed', 'stopped'))
  expect(held.map(({ bytes, records }) => [bytes, records])).toEqual([
    [30, 3],
    [90, 9],
    [90, 9],
    [90, 9],
    [60, 6],
    [60, 6],
    [0, 0],
  ])
})

test('transaction markers at the end are no lag', async () => {
  const feed = openFeed()
  feed.accept({ ...fetchOf(0, 2), highWatermark: 4 })
  await feed.next()
  expect(feed.lagRecords()).toBe(1)
  feed.accept({ ...fetchOf(3, 0), highWatermark: 4 })
  expect(feed.lagRecords()).toBe(0)
  expect(feed.wanted()).toBe(4)
})

test('a batch that is not full waits for the interval, a full one does not', async () => {
  const feed = openFeed({ minBatchIntervalMs: 200 })
  feed.accept(fetchOf(0, 1))
  await feed.next()
  const startMs = performance.now()
  feed.accept(fetchOf(2, 4))
  await feed.next()
  expect(performance.now() - startMs).toBeLessThan(150)
  feed.accept(fetchOf(7, 1))
  await feed.next()
  expect(performance.now() - startMs).toBeGreaterThan(190)
})

test('stopping wakes whoever waits', async () => {
  const feed = openFeed()
  const waiting = feed.next()
  feed.stop(new KafkaError('closed', 'stopped'))
  await expect(waiting).rejects.toThrow('stopped')
  await expect(feed.next()).rejects.toThrow('stopped')
  expect(feed.wanted()).toBeUndefined()
})

function openFeed(over: Partial<FeedLimits> = {}): PartitionFeed {
  return createPartitionFeed(
    { topic: 't', partition: 0, offset: 0, highWatermark: 0 },
    { ...limits, ...over },
    () => undefined,
  )
}

/** `count` records from `offset` on and a marker after them. */
function fetchOf(offset: number, count: number): Fetched {
  const records = Array.from({ length: count }, (_, index) => ({
    partition: 0,
    offset: offset + index,
    timestampMs: 0,
    key: null,
    value: null,
    headers: {},
  }))
  const nextOffset = offset + count + 1
  return {
    records,
    nextOffset,
    fromOffset: offset,
    heldBytes: 1,
    highWatermark: nextOffset,
    stableOffset: nextOffset,
  }
}

function startOf(fetches: readonly number[], index: number): number {
  return fetches.slice(0, index).reduce((sum, count) => sum + count + 1, 0)
}
