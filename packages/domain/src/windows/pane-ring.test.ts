import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { PaneRing } from './pane-ring.ts'

const LEVEL = { retentionPanes: 12, windowPanes: [3, 5, 12] }

const step = fc.oneof(
  fc.record({ kind: fc.constant('advance' as const), by: fc.integer({ min: 0, max: 15 }) }),
  fc.record({
    kind: fc.constant('add' as const),
    late: fc.integer({ min: -2, max: 14 }),
    // Some are beyond what 32 bits hold.
    credits: fc.oneof(
      { weight: 20, arbitrary: fc.integer({ min: -50, max: 1_000 }) },
      fc.constantFrom(2 ** 31, -(2 ** 31) - 1, 2 ** 40),
    ),
    requests: fc.integer({ min: 0, max: 3 }),
  }),
)

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

describe('a ring of panes', () => {
  test('shows in every window the sum of what a list of all panes shows', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const ring = new PaneRing(LEVEL)
        const evicted = new Map<number, number>()
        const all: Pane[] = []
        let now = 100
        ring.advance(now)
        for (const each of steps) {
          now = apply(each, { ring, now, all, evicted })
          const within = (panes: number) => all.filter(({ index }) => index > now - panes)
          expect(LEVEL.windowPanes.map((_, window) => ring.creditsMicro(window))).toEqual(
            LEVEL.windowPanes.map((panes) => sum(within(panes).map(({ credits }) => credits))),
          )
          expect(ring.requests).toBe(sum(within(12).map(({ requests }) => requests)))
          for (let index = now - 13; index <= now; index++) {
            const here = within(LEVEL.retentionPanes).filter((pane) => pane.index === index)
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
    expect(quiet.bytes).toBeLessThanOrEqual(8 * 12)
    const busy = new PaneRing({ retentionPanes: 1_440, windowPanes: [1_440] })
    for (let index = 0; index < 100_000; index++) busy.add(index, 1, 1)
    expect(busy.creditsMicro(0)).toBe(1_440)
    expect(busy.bytes).toBeLessThanOrEqual(1_440 * 1.25 * 12 + 24)
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

interface Pane {
  readonly index: number
  readonly credits: number
  readonly requests: number
}

interface Run {
  readonly ring: PaneRing
  readonly now: number
  readonly all: Pane[]
  readonly evicted: Map<number, number>
}

/** Does one step to the ring and, naively, to the list; returns the time after it. */
function apply(each: Step, { ring, now, all, evicted }: Run): number {
  if (each.kind === 'advance') {
    ring.advance(now + each.by, (index, credits) => evicted.set(index, credits))
    return now + each.by
  }
  const { credits, requests } = each
  const index = now - each.late
  const after = Math.max(now, index)
  ring.advance(after, (gone, value) => evicted.set(gone, value))
  const isKept = index > after - LEVEL.retentionPanes
  if (ring.add(index, credits, requests) !== isKept)
    throw new Error(`pane ${index} at ${after} was misjudged`)
  if (isKept) all.push({ index, credits, requests })
  return after
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
