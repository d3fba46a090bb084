import type { BudgetPolicy } from '@meterline/domain'
import type { TestInput } from '@meterline/topology'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { alertsOf, allocation, CREDIT, delta, limitOf, policy, tick } from '../burn-log.test-data.ts'

const PAYMENTS = 'billing_group:payments'
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
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
  /** Else there is only the usual day to hold a day against, once there is one. */
  isBudgeted: fc.oneof(
    { weight: 3, arbitrary: fc.constant(true) },
    { weight: 1, arbitrary: fc.constant(false) },
  ),
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

/**
 * A month that stands above the last one, whose like of today was dear: with each hour that goes by the last one has more, and
 * the rise falls below what is worth an alert although spend goes on.
 */
const rises = fc.record({
  /** Of November; the days before it are compared with those of October. */
  today: fc.integer({ min: 4, max: 12 }),
  /** Credits of each day of October but one, more than what is too little to be told, and how many times as much that one has. */
  usual: fc.integer({ min: 500, max: 3_000 }),
  sameDayTimes: fc.integer({ min: 2, max: 20 }),
  /** November before today over the same days of October, in percent. */
  riseBefore: fc.integer({ min: 112, max: 170 }),
  paceMinutes: fc.integer({ min: 1, max: 6 }),
  /** Millionths of a credit: next to nothing, so that it is time that decides. */
  spent: fc.array(fc.integer({ min: -50_000, max: 200_000 }), { minLength: 5, maxLength: 5 }),
})

test('a rise over the last month that ends because time passes is said at the delta that finds it ended', () => {
  let ended = 0
  fc.assert(
    fc.property(rises, (rise) => {
      const alerts = alertsOf(risen(rise, {}))
      expect(alerts).toEqual(alertsOf(risen(rise, looksAtEach)))
      ended += alerts.filter(({ rule, state }) => rule === 'month_over_month' && state === 'resolved').length
    }),
    { numRuns: 40 },
  )
  expect(ended).toBeGreaterThan(10)
}, 60_000)

interface Rise {
  readonly today: number
  readonly usual: number
  readonly sameDayTimes: number
  readonly riseBefore: number
  readonly paceMinutes: number
  readonly spent: readonly number[]
}

function risen(rise: Rise, changes: Partial<BudgetPolicy>): TestInput[] {
  const { today, usual, sameDayTimes, riseBefore, paceMinutes, spent } = rise
  const noon = (month: number, day: number, credits: number) =>
    delta(PAYMENTS, Date.UTC(2026, month, day, 12), credits)
  const october = Array.from({ length: 31 }, (_, day) =>
    noon(9, day + 1, day + 1 === today ? usual * sameDayTimes : usual),
  )
  const november = Array.from({ length: today - 1 }, (_, day) =>
    noon(10, day + 1, (usual * riseBefore) / 100),
  )
  const midnightMs = Date.UTC(2026, 10, today - 1, 23)
  const paces = Math.floor((DAY_MS - 1) / (paceMinutes * MINUTE_MS))
  const day = Array.from({ length: paces }, (_, pace) =>
    delta(PAYMENTS, midnightMs + pace * paceMinutes * MINUTE_MS, (spent[pace % spent.length] ?? 0) / CREDIT),
  )
  // Out of reach, so that no budget looks at each delta for another reason.
  return [policyOf(1, 10_000_000, changes), ...october, ...november, ...day]
}

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
  readonly isBudgeted: boolean
}

/** Steady spend every six hours, so that days have a usual size, and what is drawn beside it, each at the time it arrives. */
function log(all: readonly Spend[], budget: Budget, changes: Partial<BudgetPolicy>): TestInput[] {
  const changesOf = budget.isBudgeted ? changes : { ...changes, allocations: [] }
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
  const changed = at(FIRST_DAY_MS + budget.changeDay * DAY_MS, () => [policyOf(2, budget.after, changesOf)])
  const inOrder = [...steady, ...drawn, changed].sort((a, b) => a.atMs - b.atMs)
  return [policyOf(1, budget.before, changesOf), ...inOrder.flatMap(({ atMs, inputs }) => inputs(atMs))]
}

function policyOf(offset: number, credits: number, changes: Partial<BudgetPolicy>): TestInput {
  return policy(offset, {
    allocations: [allocation({ monthly_credits_micro: credits * CREDIT })],
    ...changes,
  })
}
