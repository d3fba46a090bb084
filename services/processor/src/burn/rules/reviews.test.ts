import type { Limit } from '@meterline/domain'
import type { TestInput } from '@meterline/topology'
import { expect, test } from 'vitest'

import { alertsOf, CREDIT, delta, limitOf, policy, ruleOf, tick } from '../burn-log.test-data.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const NOON_MS = Date.UTC(2026, 10, 18, 12)

const override = (changes: Partial<Limit> = {}): Limit =>
  limitOf({
    id: 'ada',
    level: 'individual',
    scope: 'user:ada',
    per: 'scope',
    review_at_ms: NOON_MS + DAY_MS,
    ...changes,
  })

const budgets = (offset: number, ...limits: readonly Limit[]): TestInput =>
  policy(offset, { reporting_time_zone: 'UTC', limits })

function reviewsIn(log: readonly TestInput[]) {
  return alertsOf(log).filter(({ rule }) => rule === 'limit_review')
}

const BEGIN = [budgets(1, override()), delta('org:acme', NOON_MS, 1), delta('team:core', NOON_MS, 1)]

test('an override is told at its review date, once, as a notice about whom it caps', () => {
  const days = [1, 2, 3, 40].map((day) => tick(NOON_MS + day * DAY_MS))
  const alerts = reviewsIn([...BEGIN, tick(NOON_MS + DAY_MS - 1), ...days])
  expect(alerts).toMatchObject([
    {
      state: 'firing',
      severity: 'info',
      scope: 'user:ada',
      about: 'limit:ada',
      period: '2026-11-19',
      at: new Date(NOON_MS + DAY_MS).toISOString(),
      baseline: { mean: 100 * CREDIT },
      drivers: [],
    },
  ])
  expect(alerts[0]?.evidence.sql).toContain('ada')
})

test('another date is another notice, and the one before is over; the same date is the same id in any replay', () => {
  const log = [
    ...BEGIN,
    tick(NOON_MS + 2 * DAY_MS),
    // Looked at, and to be looked at again in a week; a change of something else says nothing.
    budgets(2, override({ review_at_ms: NOON_MS + 9 * DAY_MS })),
    budgets(3, override({ review_at_ms: NOON_MS + 9 * DAY_MS }), limitOf()),
    tick(NOON_MS + 9 * DAY_MS),
    budgets(4),
  ]
  const alerts = reviewsIn(log)
  expect(alerts.map(({ state, period, reason }) => [state, period, reason])).toEqual([
    ['firing', '2026-11-19', undefined],
    ['resolved', '2026-11-19', 'policy_changed'],
    ['firing', '2026-11-27', undefined],
    ['resolved', '2026-11-27', 'policy_changed'],
  ])
  expect(new Set(alerts.map(({ id }) => id)).size).toBe(2)
  expect(reviewsIn(log)).toEqual(alerts)
})

test('nothing is told of an override that has expired, of limits without a date, and where a policy says so', () => {
  const expired = override({ expires_at_ms: NOON_MS + HOUR_MS })
  const log = (...limits: readonly Limit[]) => [
    budgets(1, ...limits),
    ...BEGIN.slice(1),
    tick(NOON_MS + 2 * DAY_MS),
  ]
  expect(reviewsIn(log(expired, limitOf()))).toEqual([])
  const off = [ruleOf('limit_review', 'user:*', { enabled: false })]
  const quiet = policy(1, { reporting_time_zone: 'UTC', limits: [override()], alert_policies: off })
  expect(reviewsIn([quiet, ...BEGIN.slice(1), tick(NOON_MS + 2 * DAY_MS)])).toEqual([])
})
