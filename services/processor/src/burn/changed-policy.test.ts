import type { AlertTier, BudgetPolicy, SpendAlert } from '@meterline/domain'
import type { TestInput } from '@meterline/topology'
import { describe, expect, test } from 'vitest'

import { alertsOf, allocation, CREDIT, delta, limitOf, policy, ruleOf, tick } from './burn-log.test-data.ts'

const PAYMENTS = 'billing_group:payments'
const NOON_MS = Date.UTC(2026, 10, 18, 12)
const MINUTE_MS = 60_000

const budget = (credits: number, tiers: readonly AlertTier[] = []): Partial<BudgetPolicy> => ({
  allocations: [allocation({ monthly_credits_micro: credits * CREDIT, tiers })],
})

const tierAt = (threshold: number, changes: Partial<AlertTier> = {}): AlertTier => ({
  severity: 'warning',
  basis: 'monthly_allocation',
  threshold,
  action: null,
  notify: [],
  minimum_credits_micro: 0,
  ...changes,
})

/** What burn says of one rule: state, threshold and why it is over. */
function said(rule: SpendAlert['rule'], log: readonly TestInput[]) {
  return alertsOf(log)
    .filter((alert) => alert.rule === rule)
    .map(({ state, threshold, reason }) => [state, threshold, ...(reason === undefined ? [] : [reason])])
}

const FIRED = ['firing', 0.7]
const LOOSENED = ['resolved', 0.7, 'policy_changed']

test('a lower budget is held against the next spend, however long the rules had nothing to say', () => {
  const calm = Array.from({ length: 100 }, (_, second) => delta(PAYMENTS, NOON_MS + second * 1_000, 1))
  const next = delta(PAYMENTS, NOON_MS + 100_000, 50)
  expect(said('budget_threshold', [policy(1, budget(1_000)), ...calm, next])).toEqual([])
  expect(said('budget_threshold', [policy(1, budget(1_000)), ...calm, policy(2, budget(200)), next])).toEqual(
    [FIRED],
  )
})

describe('a threshold that fired', () => {
  const spent = [policy(1, budget(1_000)), delta(PAYMENTS, NOON_MS, 720)]

  test('stays while the new budget would have set it off too, and is over at once when it would not', () => {
    expect(said('budget_threshold', [...spent, policy(2, budget(1_020))])).toEqual([FIRED])
    // 68.6 %: hysteresis would have kept it until the month ends.
    expect(said('budget_threshold', [...spent, policy(2, budget(1_050))])).toEqual([FIRED, LOOSENED])
    expect(said('budget_threshold', [...spent, policy(2, budget(5_000))])).toEqual([FIRED, LOOSENED])
  })

  test('fires anew when the new bound is crossed, and when the change is taken back', () => {
    const raised = [...spent, policy(2, budget(1_050))]
    const crossed = [...raised, delta(PAYMENTS, NOON_MS + MINUTE_MS, 20)]
    expect(said('budget_threshold', crossed)).toEqual([FIRED, LOOSENED, FIRED])
    const takenBack = [...raised, policy(3, budget(1_000))]
    expect(said('budget_threshold', takenBack)).toEqual([FIRED, LOOSENED, FIRED])
    expect(new Set(alertsOf(takenBack).map(({ id }) => id)).size).toBe(2)
  })

  test('knows a figure that wavers from a bound that was moved', () => {
    const kept = [...spent, policy(2, budget(1_020)), delta(PAYMENTS, NOON_MS + MINUTE_MS, -20)]
    expect(said('budget_threshold', [...kept, policy(3, { ...budget(1_020), limits: [limitOf()] })])).toEqual(
      [FIRED],
    )
    const fell = [...kept, delta(PAYMENTS, NOON_MS + 2 * MINUTE_MS, -100)]
    expect(said('budget_threshold', fell)).toEqual([FIRED, ['resolved', 0.7, 'recovered']])
  })

  test.each([
    ['the allocation is gone', { allocations: [] }],
    ['the tier is gone', budget(1_000, [tierAt(0.9)])],
    ['the tier has another basis', budget(1_000, [tierAt(0.7, { basis: 'daily_forecast' })])],
    ['its smallest size was raised', budget(1_000, [tierAt(0.7, { minimum_credits_micro: 800 * CREDIT })])],
  ])('is over when %s', (_what, changed) => {
    expect(said('budget_threshold', [...spent, policy(2, changed)])).toEqual([FIRED, LOOSENED])
  })
})

describe('a limit that was reached', () => {
  const limits = [limitOf()]
  const rule = (changes: object) => [ruleOf('limit_reached', 'user:*', changes)]
  const spent = [
    policy(1, { limits }),
    delta('user:ada', NOON_MS, 60),
    delta('user:ada', NOON_MS + 1_000, 42),
  ]
  const boosts = [
    { subject: 'user:ada', credits_micro: 5 * CREDIT, ends_at_ms: NOON_MS + 60 * MINUTE_MS },
  ] as const

  test.each<[string, Partial<BudgetPolicy>]>([
    ['the cap was raised', { limits: [limitOf({ hard_cap_micro: 105 * CREDIT })] }],
    ['a boost was granted', { limits, boosts }],
    ['the rule speaks later', { limits, alert_policies: rule({ params: { share: 2 } }) }],
    [
      'the rule speaks of larger sums',
      { limits, alert_policies: rule({ minimum_credits_micro: 500 * CREDIT }) },
    ],
    ['the rule is switched off', { limits, alert_policies: rule({ enabled: false }) }],
    ['it caps the month now', { limits: [limitOf({ period: 'month' })] }],
    ['it is gone', {}],
  ])('is over at once when %s', (_what, changed) => {
    expect(said('limit_reached', [...spent, policy(2, changed)])).toEqual([
      ['firing', 1],
      ['resolved', 1, 'policy_changed'],
    ])
  })

  test('stays when something else changes, and ends with its day', () => {
    const log = [...spent, policy(2, { limits, ...budget(2_000) }), tick(NOON_MS + 24 * 60 * MINUTE_MS)]
    expect(said('limit_reached', log)).toEqual([
      ['firing', 1],
      ['resolved', 1, 'period_over'],
    ])
  })
})

test('a rate is over when its pair has other windows or another factor', () => {
  const pair = (params: object): Partial<BudgetPolicy> => ({
    ...budget(720),
    alert_policies: [
      ruleOf('burn_rate', PAYMENTS, { params: { factor: 14.4, long: '1h', short: '5m', ...params } }),
    ],
  })
  const surge = Array.from({ length: 10 }, (_, minute) => delta(PAYMENTS, NOON_MS + minute * MINUTE_MS, 20))
  const hourly = (log: readonly TestInput[]) =>
    alertsOf(log)
      .filter(({ rule, window }) => rule === 'burn_rate' && window === '1h')
      .map(({ state, reason }) => reason ?? state)
  const log = [policy(1, pair({})), ...surge]
  expect(hourly([...log, policy(2, pair({}))])).toEqual(['firing'])
  expect(hourly([...log, policy(2, pair({ factor: 400 }))])).toContain('policy_changed')
})
