import { expect, test } from 'vitest'
import { createBatchMemory } from './batch-memory.ts'

const KIB = 1024

test('memory that was given back is lent again, up to a bound and up to a size', () => {
  const memory = createBatchMemory(48 * KIB)
  const pieces = [memory.take(1), memory.take(20 * KIB), memory.take(20 * KIB), memory.take(3_000 * KIB)]
  expect(pieces.map(({ length }) => length)).toEqual([16 * KIB, 32 * KIB, 32 * KIB, 3_000 * KIB])
  for (const piece of pieces) memory.giveBack(piece)
  expect(memory.take(16 * KIB)).toBe(pieces[0])
  expect(memory.take(32 * KIB)).toBe(pieces[1])
  // The bound was reached with these two.
  expect(memory.take(32 * KIB) === pieces[2]).toBe(false)
  expect(memory.take(3_000 * KIB) === pieces[3]).toBe(false)
})
