import { describe, expect, test } from 'vitest'

import { judgeMemory } from './judge-memory.ts'
import type { MemoryBounds } from './judge-memory.ts'
import type { MemoryRecord } from './watch-memory.ts'

const PRESSURE: MemoryBounds = {
  warmUpMs: 90_000,
  maxHeldMibPerMinute: 4,
  mayGrowMib: { sink: 200 },
  maxResidentStepMib: 128,
}
const SOAK: MemoryBounds = { ...PRESSURE, maxHeldMibPerMinute: 0.25, mayGrowMib: {} }

/** Ten minutes; of each second what buffers hold then, under garbage that is collected every seven. */
function recordOf(name: string, buffersMib: (second: number) => number): MemoryRecord {
  const points = (value: (second: number) => number) =>
    Array.from({ length: 600 }, (_, second) => ({ atMs: second * 1_000, value: value(second) }))
  const external = points((second) => buffersMib(second) + (second % 7) * 10)
  return { name, heap: points(() => 60), external, resident: points(() => 500) }
}

const problemsOf = (record: MemoryRecord, bounds = PRESSURE): readonly string[] =>
  judgeMemory(record, bounds, { requests: 0 }).problems

const fillsUpTo = (mib: number) => (second: number) => Math.min(mib, second / 2)
const leaks = (second: number): number => second / 10

test('a service that grows all the time fails', () =>
  expect(problemsOf(recordOf('gateway', leaks))).toEqual([
    'what is in buffers of gateway grows by 6.00 MiB a minute',
  ]))

test('one that fills the bound that it documents passes, and fails beyond it', () => {
  expect(problemsOf(recordOf('sink', fillsUpTo(190)))).toEqual([])
  expect(problemsOf(recordOf('sink', fillsUpTo(230)))).toEqual([
    'sink holds 230 MiB more than before, and says that it is 200 at most',
  ])
  expect(problemsOf(recordOf('gateway', fillsUpTo(190)))).toHaveLength(1)
})

test('without lag there is nothing to fill: in the soak the sink is held to the slope too', () =>
  expect(problemsOf(recordOf('sink', leaks), SOAK)).toHaveLength(1))

describe('what is resident, with a burst at 300 s', () => {
  const bounds: MemoryBounds = {
    ...PRESSURE,
    burst: { fromMs: 300_000, untilMs: 335_000, maxStepMib: 400 },
  }
  const residentProblems = (residentMib: (second: number) => number): readonly string[] => {
    const record = recordOf('gateway', () => 80)
    const resident = record.resident.map((point) => ({ ...point, value: residentMib(point.atMs / 1_000) }))
    return problemsOf({ ...record, resident }, bounds)
  }

  test('one step in the burst passes, and fails where it is too large', () => {
    expect(residentProblems((second) => (second < 300 ? 600 : 950))).toEqual([])
    expect(residentProblems((second) => (second < 300 ? 600 : 1_050))).toEqual([
      'the resident memory of gateway grows by 450.00 MiB in the burst',
    ])
  })

  test('steps before or after it fail', () => {
    expect(residentProblems((second) => (second < 200 ? 600 : 750))).toEqual([
      'the resident memory of gateway grows by 150.00 MiB until the burst',
    ])
    expect(residentProblems((second) => (second < 500 ? 600 : 750))).toEqual([
      'the resident memory of gateway grows by 150.00 MiB after the burst',
    ])
  })

  test('the same over and over fails', () =>
    expect(residentProblems((second) => 500 + second)).not.toEqual([]))
})
