import type { BudgetPolicy } from '@meterline/domain'
import type { TestInput } from '@meterline/topology'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { alertsOf, allocation, CREDIT, delta, limitOf, policy, tick } from '../burn-log.test-data.ts'

const PAYMENTS = 'billing_group:payments'
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Before a change to winter time, of a month that has another length than the one after it. */
const FIRST_DAY_MS = Date.UTC(2026, 8, 20)
const DAYS = 50
/** Of a burst: it takes some minutes, and now and then passes midnight. */
const PACE_MS = 5_000

/** A scope with a limit is looked at with each delta, and this limit itself is out of reach: burn without quiet ranges. */
const looksAtEach: Partial<BudgetPolicy> = {
  limits: [
    limitOf({
      id: 'out-of-reach',
      level: 'group',
      scope: PAYMENTS,
      per: 'scope',
      period: 'month',
      hard_cap_micro: Number.MAX_SAFE_INTEGER,
    }),
  ],
}

const monthlyCredits = fc.integer({ min: 200, max: 4_000 })
const spends = fc.array(
  fc.record({
    day: fc.integer({ min: 0, max: DAYS - 1 }),
    ofDayMs: fc.integer({ min: 0, max: DAY_MS - 1 }),
    credits: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 40 }) },
      { weight: 1, arbitrary: fc.integer({ min: 40, max: 900 }) },
      { weight: 1, arbitrary: fc.integer({ min: -900, max: 0 }) },
    ),
    /** A range is looked for only where a scope is busy. */
    times: fc.oneof(
      { weight: 3, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.integer({ min: 40, max: 120 }) },
    ),
    lateMs: fc.oneof(
      { weight: 8, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 * DAY_MS }) },
    ),
  }),
  { minLength: 10, maxLength: 40 },
)
const budgets = fc.record({
  before: monthlyCredits,
  after: monthlyCredits,
  changeDay: fc.integer({ min: 10, max: DAYS }),
})

test('a spend that is passed over would have said nothing: the alerts are those of looking at each', () => {
  let said = 0
  fc.assert(
    fc.property(spends, budgets, (all, budget) => {
      const alerts = alertsOf(log(all, budget, {}))
      expect(alerts).toEqual(alertsOf(log(all, budget, looksAtEach)))
      said += alerts.length
    }),
    { numRuns: 60 },
  )
  expect(said).toBeGreaterThan(100)
}, 60_000)

interface Spend {
  readonly day: number
  readonly ofDayMs: number
  readonly credits: number
  readonly times: number
  readonly lateMs: number
}

interface Budget {
  readonly before: number
  readonly after: number
  readonly changeDay: number
}

/** Steady spend every six hours, so that days have a usual size, and what is drawn beside it, each at the time it arrives. */
function log(all: readonly Spend[], budget: Budget, changes: Partial<BudgetPolicy>): TestInput[] {
  const at = (atMs: number, inputs: (atMs: number) => TestInput[]) => ({ atMs, inputs })
  const steady = Array.from({ length: DAYS * 4 }, (_, quarter) =>
    at(FIRST_DAY_MS + quarter * 6 * HOUR_MS, (atMs) => [
      tick(atMs),
      delta(PAYMENTS, atMs, 5 + (quarter % 3)),
    ]),
  )
  const drawn = all.flatMap(({ day, ofDayMs, credits, times, lateMs }) =>
    Array.from({ length: times }, (_, time) =>
      at(FIRST_DAY_MS + day * DAY_MS + ofDayMs + time * PACE_MS, (atMs) => [
        tick(atMs),
        delta(PAYMENTS, atMs - lateMs, credits / times),
      ]),
    ),
  )
  const changed = at(FIRST_DAY_MS + budget.changeDay * DAY_MS, () => [policyOf(2, budget.after, changes)])
  const inOrder = [...steady, ...drawn, changed].sort((a, b) => a.atMs - b.atMs)
  return [policyOf(1, budget.before, changes), ...inOrder.flatMap(({ atMs, inputs }) => inputs(atMs))]
}

function policyOf(offset: number, credits: number, changes: Partial<BudgetPolicy>): TestInput {
  return policy(offset, {
    allocations: [allocation({ monthly_credits_micro: credits * CREDIT })],
    ...changes,
  })
}
