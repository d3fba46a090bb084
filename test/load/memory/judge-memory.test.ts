import { expect, test } from 'vitest'

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
  return { name, heap: points(() => 60), external, resident: points(() => 500), young: points(() => 32) }
}

const problemsOf = (record: MemoryRecord, bounds = PRESSURE): readonly string[] =>
  judgeMemory(record, bounds, { requests: 0 }).problems

/** Within the warm-up. */
const fillsUpTo = (mib: number) => (second: number) => Math.min(mib, second * 4)
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
})

test('below its bound too it may not grow all the time, neither under pressure nor in the soak', () => {
  for (const bounds of [PRESSURE, SOAK]) expect(problemsOf(recordOf('sink', leaks), bounds)).toHaveLength(1)
})
