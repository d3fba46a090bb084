import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { KafkaError } from '../errors.ts'
import { decodeRecordBatches } from '../wire/decode-batches.ts'
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
      (sends, maxBytes) => {
        const lane = openLane()
        const settled: number[] = []
        let label = 0
        sends.forEach((sizes, index) => {
          const messages = sizes.map((size) => ({ key: `${label++}`, value: Buffer.alloc(size) }))
          lane.push({ messages, deadlineMs: Infinity, settle: () => settled.push(index) })
        })
        const written: string[] = []
        let sequence = 0
        while (lane.seal(maxBytes, 0)) {
          const bytes = lane.sealed!.bytes
          expect(bytes.readInt32BE(BASE_SEQUENCE_AT)).toBe(sequence)
          const { records } = decodeRecordBatches(bytes, { partition: 0, fromOffset: 0, aborted: [] })
          written.push(...records.map((record) => record.key!.toString()))
          sequence += records.length
          lane.acknowledge()
          const done = sends.filter((_, i) => sends.slice(0, i + 1).flat().length <= written.length).length
          expect(settled).toHaveLength(done)
        }
        expect(written).toEqual(Array.from({ length: label }, (_, i) => String(i)))
        expect(lane.isIdle()).toBe(true)
      },
    ),
  )
})

test('a batch that nobody waits for any more is given up, and the lane begins with a new producer id', () => {
  const lane = openLane()
  const first = pushOne(lane, { deadlineMs: 10 })
  lane.seal(1_000, 0)
  const second = pushOne(lane, { deadlineMs: 100 })
  lane.expire(50, late)
  expect(first.error?.code).toBe('unavailable')
  expect(second.settled).toBe(false)
  expect(lane.sealed).toBeUndefined()
  expect(lane.identity).toBeUndefined()
  expect(lane.seal(1_000, 0)).toBe(false)
  lane.identity = identity
  expect(lane.seal(1_000, 0)).toBe(true)
  expect(lane.sealed?.bytes.readInt32BE(BASE_SEQUENCE_AT)).toBe(0)
  lane.acknowledge()
  expect(second).toEqual({ settled: true, error: undefined })
})

test('a batch that somebody still waits for is kept, though others in it are late', () => {
  const lane = openLane()
  const first = pushOne(lane, { deadlineMs: 10 })
  const second = pushOne(lane, { deadlineMs: 100 })
  lane.seal(1_000, 0)
  lane.expire(50, late)
  expect(first.error?.retryable).toBe(true)
  lane.acknowledge()
  expect(second).toEqual({ settled: true, error: undefined })
})

test('what a send has left in the queue goes with its refused batch', () => {
  const lane = openLane()
  const outcome = pushOne(lane, { deadlineMs: 100, count: 3 })
  lane.seal(60, 0)
  lane.abandon(new KafkaError('refused', 'too large'))
  expect(outcome.error?.code).toBe('refused')
  expect(lane.isIdle()).toBe(true)
})

interface Outcome {
  settled: boolean
  error: KafkaError | undefined
}

function openLane(): WriterLane {
  const lane = createWriterLane('t', 0)
  lane.identity = identity
  return lane
}

function pushOne(lane: WriterLane, of: { readonly deadlineMs: number; readonly count?: number }): Outcome {
  const outcome: Outcome = { settled: false, error: undefined }
  const entry: LaneEntry = {
    messages: Array.from({ length: of.count ?? 1 }, () => ({ key: 'k', value: Buffer.alloc(20) })),
    deadlineMs: of.deadlineMs,
    settle: (error) => {
      outcome.settled = true
      outcome.error = error
    },
  }
  lane.push(entry)
  return outcome
}

const BASE_SEQUENCE_AT = 53

test('a topic that cannot be written to is refused at once, not when patience ends', () => {
  const lane = openLane()
  const outcomes: unknown[] = []
  const message = { key: 'k', value: Buffer.alloc(1) }
  lane.push({ messages: [message], deadlineMs: Infinity, settle: (error) => outcomes.push(error?.code) })
  lane.abandon(new KafkaError('refused', 'not allowed'))
  expect(outcomes).toEqual(['refused'])
  expect(lane.isIdle()).toBe(true)
})
