import type { AlertPolicy, BacktestFiring, BudgetPolicy, HistoryPane } from '@meterline/domain'
import { backtestRule } from '@meterline/domain'
import { TopologyTestDriver } from '@meterline/topology'
import { beforeAll, describe, expect, test } from 'vitest'

import { alertsIn, allocation, CREDIT, delta, policy, SCHEMA_IDS, tick } from '../burn-log.test-data.ts'
import { burnTopology } from '../topology.ts'

const PANE_MS = 300_000
const DAYS = 43
/** A Monday; 37 days later is a Wednesday. */
const START_MS = Date.UTC(2026, 9, 12)
const at = (day: number, hour: number): number => START_MS + (day * 24 + hour) * 3_600_000
const END_MS = at(DAYS, 0)
const TEAM = 'team:core' as const

/** An office team: a surge on one day, silence on another, usage without a rate on a third. */
const HISTORY: readonly HistoryPane[] = Array.from({ length: DAYS * 288 }, (_, pane) => {
  const start_ms = START_MS + pane * PANE_MS
  const [hour, weekday] = [new Date(start_ms).getUTCHours(), new Date(start_ms).getUTCDay()]
  const isBusy = hour >= 8 && hour < 18 && weekday > 0 && weekday < 6
  const isSilent = start_ms >= at(37, 11) && start_ms < at(37, 15)
  const surge = start_ms >= at(38, 10) && start_ms < at(38, 12) ? 30 : 1
  const credits = isBusy && !isSilent ? (10 + (pane % 5)) * surge : 0
  return {
    scope: TEAM,
    start_ms,
    credits_micro: credits * CREDIT,
    requests: credits > 0 ? 1 : 0,
    unrated_requests: start_ms === at(39, 9) ? 1 : 0,
  }
}).filter(({ requests }) => requests > 0)

const BUDGETS: BudgetPolicy = {
  organization: 'acme',
  reporting_time_zone: 'UTC',
  allocations: [allocation({ id: 'core', scope: TEAM, monthly_credits_micro: 30_000 * CREDIT })],
  limits: [
    {
      id: 'daily',
      level: 'group',
      scope: TEAM,
      per: 'scope',
      period: 'day',
      soft_cap_micro: null,
      hard_cap_micro: 5_000 * CREDIT,
      expires_at_ms: null,
      review_at_ms: null,
      on_owner_unreachable: 'open',
      reason: '',
    },
  ],
}

const RULES = [
  'burn_rate',
  'budget_threshold',
  'daily_forecast',
  'month_over_month',
  'limit_reached',
  'unrated_usage',
  'anomaly_daily',
  'anomaly_seasonal',
  'anomaly_weekly',
  'silence',
] as const
const ASKED: readonly AlertPolicy[] = RULES.map((rule) => ({
  id: rule,
  rule,
  scope: 'team:*',
  severity: 'warning',
  params: {},
  minimum_credits_micro: 20 * CREDIT,
  notify: [],
  enabled: true,
}))

describe('a backtest says what burn says, of the same history', () => {
  let live: ReturnType<typeof liveAlerts> = []
  beforeAll(() => {
    live = liveAlerts()
  }, 60_000)

  test.each(ASKED)('$rule', { timeout: 30_000 }, (asked) => {
    const tested = backtestRule({
      policy: asked,
      budgets: BUDGETS,
      panes: HISTORY,
      fromMs: START_MS,
      toMs: END_MS,
    })
    const expected = live.filter(({ rule }) => rule === asked.rule)
    expect(tested.map(named)).toEqual(expected.map(named))
    for (const [index, { fired_ms }] of tested.entries()) {
      // A pane is scored a quarter of a minute after its end; a delta is seen up to a pane before its end.
      expect(Math.abs(fired_ms - (expected[index]?.fired_ms ?? NaN))).toBeLessThanOrEqual(PANE_MS)
    }
  })

  test('finds something of most of them', () => {
    const quiet = RULES.filter((rule) => live.every((alert) => alert.rule !== rule))
    expect(quiet).toEqual(['month_over_month', 'anomaly_weekly'])
  })
})

function named({ window, threshold, about }: Pick<BacktestFiring, 'window' | 'threshold' | 'about'>) {
  return { window, threshold, about }
}

/** The alerts of the topology itself: every pane's spend at its beginning, and ticks up to its end. */
function liveAlerts() {
  const byStart = new Map(HISTORY.map((pane) => [pane.start_ms, pane]))
  const rules = ASKED.filter(({ rule }) => rule !== 'budget_threshold' && rule !== 'daily_forecast')
  const log = [policy(1, { ...BUDGETS, alert_policies: rules })]
  for (let ms = START_MS; ms < END_MS; ms += PANE_MS) {
    const pane = byStart.get(ms)
    log.push(tick(ms))
    if (pane !== undefined) log.push(delta(TEAM, ms, pane.credits_micro / CREDIT, pane.unrated_requests))
    log.push(tick(ms + 16_000), tick(ms + PANE_MS - 1_000))
  }
  log.push(tick(END_MS), tick(END_MS + 16_000))
  const driver = new TopologyTestDriver(burnTopology(SCHEMA_IDS))
  driver.pipe(log)
  return alertsIn(driver.read('spend.alert'))
    .filter(({ version }) => version === 1)
    .filter(
      ({ rule, allocation_id, window }) =>
        // Tiers of the allocation compare months too, and burn rates of other windows are other policies.
        !(rule === 'month_over_month' && allocation_id !== null) &&
        !(rule === 'burn_rate' && window !== '1h'),
    )
    .map(({ rule, window, threshold, about = null, at: time }) => ({
      rule,
      window,
      threshold,
      about,
      fired_ms: Date.parse(time),
    }))
}
