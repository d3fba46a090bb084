import { expect, test } from 'vitest'

import { floors, slopePerMinute } from './slope.ts'

const SECOND_MS = 1_000

test('a heap that leaks one MiB a minute under its saw teeth shows just that', () => {
  const points = Array.from({ length: 600 }, (_, second) => ({
    atMs: second * SECOND_MS,
    // Collected every seven seconds; 5 MiB of garbage a second.
    value: 100 + second / 60 + (second % 7) * 5,
  }))
  expect(slopePerMinute(floors(points, 15 * SECOND_MS))).toBeCloseTo(1, 1)
})

test('a flat heap has no slope, however high its saw teeth', () => {
  const points = Array.from({ length: 600 }, (_, second) => ({
    atMs: second * SECOND_MS,
    value: 100 + (second % 7) * 50,
  }))
  expect(slopePerMinute(floors(points, 15 * SECOND_MS))).toBeCloseTo(0, 6)
})

test('one moment alone has no slope', () => expect(slopePerMinute([{ atMs: 5, value: 7 }])).toBe(0))
