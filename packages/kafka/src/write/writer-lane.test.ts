import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { KafkaError } from '../errors.ts'
import { decodeRecordBatches } from '../wire/decode-batches.ts'
import { createBatchMemory } from './batch-memory.ts'
import { createWriterLane, type LaneEntry, type WriterLane } from './writer-lane.ts'

const identity = { producerId: 9, producerEpoch: 0 }
const late = (): KafkaError => new KafkaError('unavailable', 'late')

test('whatever way sends are cut into batches, each message is written once, in order, and each send settles after its last', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 6 }), {
        minLength: 1,
        maxLength: 8,
      }),
      fc.integer({ min: 50, max: 1_500 }),
      (sends, maxBatchBytes) => {
        const lane = openLane({ maxBatchBytes })
        const settled: number[] = []
        let label = 0
        sends.forEach((sizes, index) => {
          const messages = sizes.map((size) => ({ key: `${label++}`, value: Buffer.alloc(size, index) }))
          lane.push(messages, { deadlineMs: Infinity, settle: () => settled.push(index) }, 0)
          // Whatever they are written over with afterwards.
          for (const { value } of messages) value.fill(0xff)
        })
        const written: string[] = []
        let sequence = 0
        const values: number[] = []
        while (lane.seal()) {
          const bytes = lane.sealed!.bytes
          expect(bytes.readInt32BE(BASE_SEQUENCE_AT)).toBe(sequence)
          const { records } = decodeRecordBatches(bytes, { partition: 0, fromOffset: 0, aborted: [] })
          written.push(...records.map((record) => record.key!.toString()))
          for (const { value } of records) values.push(...new Set(value))
          sequence += records.length
          lane.acknowledge()
          const done = sends.filter((_, i) => sends.slice(0, i + 1).flat().length <= written.length).length
          expect(settled).toHaveLength(done)
        }
        expect(written).toEqual(Array.from({ length: label }, (_, i) => String(i)))
        expect(values).toEqual(
          sends.flatMap((sizes, index) => sizes.filter((size) => size > 0).map(() => index)),
        )
        expect(lane.isIdle()).toBe(true)
      },
    ),
  )
})

test('a batch that nobody waits for any more is given up, and the lane begins with a new producer id', () => {
  const lane = openLane()
  const first = pushOne(lane, { deadlineMs: 10 })
  lane.seal()
  const second = pushOne(lane, { deadlineMs: 100 })
  lane.expire(50, late)
  expect(first.error?.code).toBe('unavailable')
  expect(second.settled).toBe(false)
  expect(lane.sealed).toBeUndefined()
  expect(lane.identity).toBeUndefined()
  expect(lane.seal()).toBe(false)
  lane.identity = identity
  expect(lane.seal()).toBe(true)
  expect(lane.sealed?.bytes.readInt32BE(BASE_SEQUENCE_AT)).toBe(0)
  lane.acknowledge()
  expect(second).toEqual({ settled: true, error: undefined })
})

test('a batch that somebody still waits for is kept, though others in it are late', () => {
  const lane = openLane()
  const first = pushOne(lane, { deadlineMs: 10 })
  const second = pushOne(lane, { deadlineMs: 100 })
  lane.seal()
  lane.expire(50, late)
  expect(first.error?.retryable).toBe(true)
  lane.acknowledge()
  expect(second).toEqual({ settled: true, error: undefined })
})

test('what a send has left in the queue goes with its refused batch', () => {
  const lane = openLane({ maxBatchBytes: 60 })
  const outcome = pushOne(lane, { deadlineMs: 100, count: 3 })
  lane.seal()
  lane.abandon(new KafkaError('refused', 'too large'))
  expect(outcome.error?.code).toBe('refused')
  expect(lane.isIdle()).toBe(true)
})

test('the memory of a batch is used again once it is acknowledged, unless it was sent more than once', () => {
  const memory = createBatchMemory(2 ** 20)
  const lane = openLane({ memory })
  const memoryOf = (): ArrayBufferLike => {
    pushOne(lane, { deadlineMs: Infinity })
    lane.seal()
    return lane.sealed!.bytes.buffer
  }
  const first = memoryOf()
  lane.acknowledge()
  const second = memoryOf()
  expect(second).toBe(first)
  lane.retain()
  lane.acknowledge()
  const third = memoryOf()
  expect(third).not.toBe(first)
  lane.abandon(late())
  lane.identity = identity
  expect(memoryOf()).not.toBe(third)
})

test('a batch that nobody waits for any more before it was ever sent is not sent', () => {
  const lane = openLane()
  const outcome = pushOne(lane, { deadlineMs: 10 })
  lane.expire(50, late)
  expect(outcome.error?.code).toBe('unavailable')
  expect(lane.isIdle()).toBe(true)
})

interface Outcome {
  settled: boolean
  error: KafkaError | undefined
}

function openLane({ maxBatchBytes = 1_000, memory = createBatchMemory(2 ** 20) } = {}): WriterLane {
  const lane = createWriterLane('t', 0, { maxBatchBytes, memory })
  lane.identity = identity
  return lane
}

function pushOne(lane: WriterLane, of: { readonly deadlineMs: number; readonly count?: number }): Outcome {
  const outcome: Outcome = { settled: false, error: undefined }
  const entry: LaneEntry = {
    deadlineMs: of.deadlineMs,
    settle: (error) => {
      outcome.settled = true
      outcome.error = error
    },
  }
  const messages = Array.from({ length: of.count ?? 1 }, () => ({ key: 'k', value: Buffer.alloc(20) }))
  lane.push(messages, entry, 0)
  return outcome
}

const BASE_SEQUENCE_AT = 53

test('a topic that cannot be written to is refused at once, not when patience ends', () => {
  const lane = openLane()
  const outcomes: unknown[] = []
  const message = { key: 'k', value: Buffer.alloc(1) }
  lane.push([message], { deadlineMs: Infinity, settle: (error) => outcomes.push(error?.code) }, 0)
  lane.abandon(new KafkaError('refused', 'not allowed'))
  expect(outcomes).toEqual(['refused'])
  expect(lane.isIdle()).toBe(true)
})
