import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { ByteBudget } from './byte-budget.ts'
import { eventMonth } from './event-month.ts'
import { splitRange } from './range.ts'
import type { Range } from './range.ts'
import { RowQueue } from './row-queue.ts'
import type { Admission } from './source.ts'

const bounds = { maxRows: 10, maxBytes: 1_000, maxMonths: 3, maxAgeMs: 500 }
const DAY_MS = 86_400_000

interface Given {
  readonly bytes: number
  readonly day: number
  readonly isRow: boolean
  /** Offsets left out before it: markers and aborted records. */
  readonly hole: number
}

const given = fc.record({
  bytes: fc.integer({ min: 0, max: 400 }),
  day: fc.integer({ min: 0, max: 400 }),
  isRow: fc.boolean(),
  hole: fc.integer({ min: 0, max: 3 }),
})

function admissionsOf(records: readonly Given[], from: number): Admission[] {
  let offset = from
  return records.map(({ bytes, day, isRow, hole }) => {
    offset += hole
    const value = Buffer.alloc(bytes)
    const record = { partition: 0, offset: offset++, timestampMs: 0, key: null, value, headers: {} }
    return isRow
      ? { record, eventMs: day * DAY_MS, datum: value, start: 0 }
      : { record, rejection: { reason: 'undecodable', stage: 'sink', error: '' } }
  })
}

const rowsOf100Bytes = (count: number): Given[] =>
  Array.from({ length: count }, () => ({ bytes: 100, day: 0, isRow: true, hole: 0 }))

function queueAt(from: number, clock = { ms: 0 }, budget = new ByteBudget(1_000_000)): RowQueue {
  return new RowQueue({ bounds, budget, from, nowMs: () => clock.ms })
}

function drain(queue: RowQueue): Range[] {
  const ranges: Range[] = []
  for (let range = queue.takeDue(); range !== undefined; range = queue.takeDue()) ranges.push(range)
  return ranges
}

test('ranges cover every offset once, in order, within the bounds', () => {
  fc.assert(
    fc.property(fc.array(given, { maxLength: 80 }), fc.nat(1_000), fc.nat(3), (records, from, markers) => {
      const clock = { ms: 0 }
      const queue = queueAt(from, clock)
      const admissions = admissionsOf(records, from)
      const end = (admissions.at(-1)?.record.offset ?? from - 1) + 1 + markers
      queue.add(admissions, end)
      clock.ms = bounds.maxAgeMs
      const ranges = drain(queue)
      let next = from
      for (const { from: first, to, rows, rejected } of ranges) {
        expect(first).toBe(next)
        next = to + 1
        const months = new Set(rows.map(({ eventMs }) => eventMonth(eventMs)))
        const bytes = [...rows, ...rejected].reduce((sum, { record }) => sum + (record.value?.length ?? 0), 0)
        expect(rows.length + rejected.length).toBeLessThanOrEqual(bounds.maxRows)
        expect(months.size).toBeLessThanOrEqual(bounds.maxMonths)
        expect(bytes).toBeLessThanOrEqual(bounds.maxBytes)
      }
      expect(next).toBe(records.length === 0 ? from : end)
      const offsets = ranges.flatMap(({ rows, rejected }) =>
        [...rows, ...rejected].map(({ record }) => record.offset).sort((a, b) => a - b),
      )
      expect(offsets).toEqual(admissions.map(({ record }) => record.offset))
    }),
  )
})

test('a small range waits until it is old, a large one does not, and a record too large for any range goes alone', () => {
  const clock = { ms: 100 }
  const queue = queueAt(0, clock)
  const one = { bytes: 10, day: 0, isRow: true, hole: 0 }
  queue.add(admissionsOf([one], 0), 1)
  expect(queue.msUntilDue()).toBe(bounds.maxAgeMs)
  clock.ms += bounds.maxAgeMs - 1
  expect(queue.takeDue()).toBeUndefined()
  clock.ms += 1
  expect(queue.takeDue()?.rows).toHaveLength(1)
  queue.add(admissionsOf([{ ...one, bytes: bounds.maxBytes * 5 }, one], 1), 3)
  expect(queue.takeDue()).toMatchObject({ from: 1, to: 1 })
  expect(queue.takeDue()).toBeUndefined()
})

test('where small inserts take long rows wait ten times as long, three times their age at most; a large range does not wait', () => {
  const clock = { ms: 0 }
  const queue = queueAt(0, clock)
  const one = { bytes: 10, day: 0, isRow: true, hole: 0 }
  queue.add(admissionsOf([one], 0), 1)
  const waits = [0, 50, 90, 149, 200, 60_000].map((tookMs) => {
    queue.paceBy({ tookMs, rows: 1 })
    return queue.msUntilDue()
  })
  expect(waits).toEqual([500, 500, 900, 1_490, 1_500, 1_500])
  queue.paceBy({ tookMs: 10, rows: 1 })
  expect(queue.msUntilDue()).toBe(bounds.maxAgeMs)
  queue.paceBy({ tookMs: 5_000, rows: 20_000 })
  expect(queue.msUntilDue()).toBe(bounds.maxAgeMs)
  queue.paceBy({ tookMs: 200, rows: 1 })
  queue.add(
    admissionsOf(
      Array.from({ length: bounds.maxRows }, () => one),
      1,
    ),
    1 + bounds.maxRows,
  )
  expect(queue.msUntilDue()).toBe(0)
})

test('when the process holds too much, whoever has gathered most gives it up, and the others have their turn', () => {
  const budget = new ByteBudget(6_000)
  const clock = { ms: 0 }
  const [most, less, least] = [3, 2, 1].map((rows) => {
    const queue = queueAt(0, clock, budget)
    queue.add(admissionsOf(rowsOf100Bytes(rows), 0), rows)
    return queue
  })
  expect(budget.isSpent()).toBe(false)
  const late = queueAt(0, clock, budget)
  late.add(admissionsOf(rowsOf100Bytes(7), 0), 7)
  expect(budget.isSpent()).toBe(true)
  for (const queue of [most, less, least]) {
    expect(queue?.isFull()).toBe(true)
    expect(queue?.takeDue()).toBeUndefined()
  }
  expect(late.takeDue()?.rows).toHaveLength(7)
  expect(budget.isSpent()).toBe(false)
  expect(most?.isFull()).toBe(false)
})

test('a range that was small because memory was short makes nobody wait', () => {
  const budget = new ByteBudget(1_000)
  const clock = { ms: 0 }
  const queue = queueAt(0, clock, budget)
  queue.add(admissionsOf(rowsOf100Bytes(2), 0), 2)
  expect(queue.takeDue()?.rows).toHaveLength(2)
  queue.paceBy({ tookMs: 5_000, rows: 2 })
  queue.add(admissionsOf(rowsOf100Bytes(1), 2), 3)
  expect(queue.msUntilDue()).toBe(bounds.maxAgeMs)
})

test('the halves of a range cover what it covered', () => {
  fc.assert(
    fc.property(fc.array(given, { minLength: 2, maxLength: 50 }), (records) => {
      const admissions = admissionsOf(records, 5)
      const rows = admissions.flatMap((admission) => ('datum' in admission ? [admission] : []))
      const rejected = admissions.flatMap((admission) => ('datum' in admission ? [] : [admission]))
      fc.pre(rows.length >= 2)
      const range = { from: 5, to: (admissions.at(-1)?.record.offset ?? 0) + 2, rows, rejected, heldBytes: 0 }
      const [first, second] = splitRange(range)
      expect([first.from, first.to + 1, second.to]).toEqual([range.from, second.from, range.to])
      expect([...first.rows, ...second.rows]).toEqual(rows)
      expect([...first.rejected, ...second.rejected]).toEqual(rejected)
      expect(Math.abs(first.rows.length - second.rows.length)).toBeLessThanOrEqual(1)
      for (const { record } of [...first.rows, ...first.rejected]) {
        expect(record.offset).toBeLessThanOrEqual(first.to)
      }
      for (const { record } of [...second.rows, ...second.rejected]) {
        expect(record.offset).toBeGreaterThan(first.to)
      }
    }),
  )
})
