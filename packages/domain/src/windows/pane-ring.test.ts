import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { PaneRing } from './pane-ring.ts'

const LEVEL = { retentionPanes: 12, windowPanes: [3, 5, 12] }

const step = fc.oneof(
  fc.record({ kind: fc.constant('advance' as const), by: fc.integer({ min: 0, max: 15 }) }),
  fc.record({
    kind: fc.constant('add' as const),
    late: fc.integer({ min: -2, max: 14 }),
    credits: fc.integer({ min: -50, max: 1_000 }),
    requests: fc.integer({ min: 0, max: 3 }),
  }),
)

describe('a ring of panes', () => {
  test('shows in every window the sum of what a list of all panes shows', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const ring = new PaneRing(LEVEL)
        const evicted = new Map<number, number>()
        const all: { index: number; credits: number; requests: number }[] = []
        let now = 100
        ring.advance(now)
        for (const each of steps) {
          if (each.kind === 'advance') {
            now += each.by
            ring.advance(now, (index, credits) => evicted.set(index, credits))
          } else {
            const index = now - each.late
            now = Math.max(now, index)
            const kept = ring.add(index, each.credits, each.requests)
            expect(kept).toBe(index > now - LEVEL.retentionPanes)
            if (kept) all.push({ index, credits: each.credits, requests: each.requests })
          }
          for (const [window, panes] of LEVEL.windowPanes.entries()) {
            const within = all.filter(({ index }) => index > now - panes)
            expect(ring.creditsMicro(window)).toBe(sum(within.map(({ credits }) => credits)))
            if (window === 2) expect(ring.requests).toBe(sum(within.map(({ requests }) => requests)))
          }
          for (let index = now - 13; index <= now; index++) {
            const here = all.filter((pane) => pane.index === index && index > now - LEVEL.retentionPanes)
            expect(ring.valueAt(index)).toBe(sum(here.map(({ credits }) => credits)))
            expect(ring.has(index)).toBe(here.length > 0)
          }
        }
        // A pane is told to leave with all that was ever added to it.
        for (const [index, credits] of evicted) {
          expect(credits).toBe(sum(all.filter((pane) => pane.index === index).map((pane) => pane.credits)))
        }
      }),
      { numRuns: 200 },
    )
  })

  test('takes room for the panes with traffic only, and never more than a quarter above the retention', () => {
    const quiet = new PaneRing({ retentionPanes: 1_440, windowPanes: [1_440] })
    for (let index = 0; index < 100_000; index += 700) quiet.add(index, 1, 1)
    expect(quiet.bytes).toBeLessThanOrEqual(8 * 24)
    const busy = new PaneRing({ retentionPanes: 1_440, windowPanes: [1_440] })
    for (let index = 0; index < 100_000; index++) busy.add(index, 1, 1)
    expect(busy.creditsMicro(0)).toBe(1_440)
    expect(busy.bytes).toBeLessThanOrEqual(1_440 * 1.25 * 24 + 48)
  })

  test('set makes a pane hold exactly what it is told', () => {
    const ring = new PaneRing(LEVEL)
    ring.add(5, 10, 1)
    ring.set(5, 3, 2)
    ring.set(4, 7, 1)
    expect([ring.valueAt(5), ring.valueAt(4), ring.creditsMicro(0), ring.requests]).toEqual([3, 7, 10, 3])
  })

  test('refuses sums beyond the safe integers', () => {
    const ring = new PaneRing(LEVEL)
    ring.add(1, Number.MAX_SAFE_INTEGER, 1)
    expect(() => ring.add(1, 1, 1)).toThrow(RangeError)
  })
})

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
