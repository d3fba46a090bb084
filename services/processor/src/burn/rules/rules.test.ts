import type { BudgetPolicy, SpendAlert } from '@meterline/domain'
import { TopologyTestDriver } from '@meterline/topology'
import type { TestInput } from '@meterline/topology'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import {
  alertsOf,
  allocation,
  CREDIT,
  delta,
  limitOf,
  policy,
  rejected,
  ruleOf,
  SCHEMA_IDS,
  tick,
} from '../burn-log.test-data.ts'
import { burnTopology } from '../topology.ts'

const PAYMENTS = 'billing_group:payments'
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
/** A Wednesday, months in UTC. */
const NOON_MS = Date.UTC(2026, 10, 18, 12)

/** 720 credits a month of 30 days: the even pace is one an hour. */
const EVEN = allocation({ monthly_credits_micro: 720 * CREDIT })

describe('burn rate', () => {
  const surge = Array.from({ length: 100 }, (_, minute) =>
    delta(PAYMENTS, NOON_MS + minute * MINUTE_MS, minute < 60 ? 2 : 0),
  )

  test('fires when the hour and its last five minutes are at 14.4 times the even pace, and ends with the surge', () => {
    const small = { minimum_credits_micro: 10 * CREDIT }
    const alerts = run(
      [...surge, tick(NOON_MS + 3 * HOUR_MS)],
      { allocations: [EVEN], alert_policies: [ruleOf('burn_rate', 'billing_group:*', small)] },
      'burn_rate',
    )
    const [first, last] = alerts.filter(({ window }) => window === '1h')
    // Two credits a minute: after seven minutes 14 are under 14.4, after eight they are over.
    expect(first).toMatchObject({
      state: 'firing',
      severity: 'warning',
      threshold: 14.4,
      at: new Date(NOON_MS + 8 * MINUTE_MS).toISOString(),
      allocation_id: 'acme-bg-payments',
      baseline: { mean: CREDIT },
      notify: ['finance@example.com'],
    })
    expect(first?.observed).toBeGreaterThanOrEqual(14.4)
    expect(last).toMatchObject({ id: first?.id, state: 'resolved', version: 2 })
    expect(Date.parse(last?.at ?? '')).toBe(NOON_MS + 88 * MINUTE_MS)
  })

  test('is quiet under its smallest size, on an even pace, and where its pair is switched off', () => {
    const windows = (changes: Partial<BudgetPolicy>, log: readonly TestInput[] = surge) =>
      new Set(run(log, { allocations: [EVEN], ...changes }, 'burn_rate').map(({ window }) => window))
    expect(windows({})).toEqual(new Set(['6h', '1h']))
    const off = ruleOf('burn_rate', PAYMENTS, { enabled: false })
    expect(windows({ alert_policies: [off] })).toEqual(new Set(['6h']))
    const even = Array.from({ length: 10 * 24 }, (_, hour) => delta(PAYMENTS, NOON_MS + hour * HOUR_MS, 1))
    expect(windows({}, even)).toEqual(new Set())
  })

  test('says nothing of a job that takes as much every night', () => {
    const nights = Array.from({ length: 10 }, (_, night) =>
      Array.from({ length: 30 }, (__, minute) =>
        delta(PAYMENTS, NOON_MS + night * DAY_MS + minute * MINUTE_MS, 4),
      ),
    )
    const alerts = run(nights.flat(), { allocations: [EVEN] }, 'burn_rate').filter(
      ({ window, state }) => window === '1h' && state === 'firing',
    )
    expect(alerts.map(({ at }) => (Date.parse(at) - NOON_MS) / DAY_MS < 2)).toEqual([true, true])
  })

  test('slow, it speaks once a month, when the budget will not last', () => {
    const start = Date.UTC(2026, 10, 2)
    const hours = Array.from({ length: 20 * 24 }, (_, hour) => delta(PAYMENTS, start + hour * HOUR_MS, 12))
    const generous = allocation({ monthly_credits_micro: 6_000 * CREDIT })
    const alerts = run(hours, { allocations: [generous] }, 'burn_rate')
    expect(alerts.map(({ window, state, severity }) => [window, state, severity])).toEqual([
      ['3d', 'firing', 'warning'],
    ])
    expect(alerts[0]).toMatchObject({ observed: 1.2, baseline: { mean: 600 * CREDIT } })
    const enough = allocation({ monthly_credits_micro: 9_000 * CREDIT })
    expect(run(hours, { allocations: [enough] }, 'burn_rate')).toEqual([])
  })
})

describe('a limit', () => {
  const limit = limitOf()
  const spend = (user: string) => [
    delta(`user:${user}`, NOON_MS, 60),
    delta(`user:${user}`, NOON_MS + 1_000, 60),
    delta(`user:${user}`, NOON_MS + DAY_MS, 10),
  ]

  test('is said at the delta that reaches it, once in its period, and is over with it', () => {
    const alerts = run(spend('ada'), { limits: [limit] }, 'limit_reached')
    expect(
      alerts.map(({ state, about, period, observed, at }) => [state, about, period, observed, at]),
    ).toEqual([
      ['firing', 'limit:each-user', '2026-11-18', 1.2, new Date(NOON_MS + 1_000).toISOString()],
      ['resolved', 'limit:each-user', '2026-11-18', 1.2, new Date(NOON_MS + DAY_MS).toISOString()],
    ])
  })

  test('of the most specific kind holds: own over group over workspace, with boosts, until it expires', () => {
    const said = (user: string, changes: Partial<BudgetPolicy>) =>
      run(spend(user), changes, 'limit_reached')
        .filter(({ state }) => state === 'firing')
        .map(({ about }) => about)
    const group = { ...limit, id: 'group', level: 'group', scope: 'team:core' } as const
    const lax = { ...group, hard_cap_micro: 1_000 * CREDIT }
    const own = { ...limit, id: 'own', level: 'individual', scope: 'user:ada', per: 'scope' } as const
    const limit_members = { group: ['ada'] }
    expect(said('ada', { limits: [limit, lax], limit_members })).toEqual([])
    expect(said('grace', { limits: [limit, lax], limit_members })).toEqual(['limit:each-user'])
    expect(said('ada', { limits: [limit, lax, own], limit_members })).toEqual(['limit:own'])
    const expired = { ...own, expires_at_ms: NOON_MS }
    expect(said('ada', { limits: [limit, lax, expired], limit_members })).toEqual([])
    const boosts = [
      { subject: 'user:ada', credits_micro: 50 * CREDIT, ends_at_ms: NOON_MS + HOUR_MS },
    ] as const
    expect(said('ada', { limits: [own], boosts })).toEqual([])
  })
})

describe('usage without a rate', () => {
  test('is said at once, where the whole organization is, and is over after an hour without any', () => {
    const alerts = run(
      [
        delta('org:acme', NOON_MS, 1, 2),
        delta('team:core', NOON_MS, 1, 2),
        delta('org:acme', NOON_MS + 10 * MINUTE_MS, 1, 3),
        tick(NOON_MS + 60 * MINUTE_MS),
        tick(NOON_MS + 71 * MINUTE_MS),
        delta('org:acme', NOON_MS + 80 * MINUTE_MS, 1, 1),
      ],
      {},
      'unrated_usage',
    )
    expect(alerts.map(({ scope, state, observed }) => [scope, state, observed])).toEqual([
      ['org:acme', 'firing', 2],
      ['org:acme', 'resolved', 5],
      ['org:acme', 'firing', 1],
    ])
    expect(alerts[0]?.id).not.toBe(alerts[2]?.id)
    expect(alerts[0]?.evidence.sql).toContain("rating = 'unrated'")
  })
})

describe('usage that was rejected', () => {
  const log = [
    tick(NOON_MS),
    rejected('org:acme', NOON_MS, 2),
    tick(NOON_MS + 10 * MINUTE_MS),
    rejected('org:acme', NOON_MS, 3),
    tick(NOON_MS + 60 * MINUTE_MS),
    tick(NOON_MS + 71 * MINUTE_MS),
    rejected('org:acme', NOON_MS, 1),
  ]

  test('is said at once, and is over after an hour without any, also of an organization that spends nothing', () => {
    const alerts = run(log, {}, 'rejected_usage')
    expect(alerts.map(({ scope, state, observed, severity }) => [scope, state, observed, severity])).toEqual([
      ['org:acme', 'firing', 2, 'warning'],
      ['org:acme', 'resolved', 5, 'warning'],
      ['org:acme', 'firing', 1, 'warning'],
    ])
    expect(alerts[0]?.id).not.toBe(alerts[2]?.id)
    expect(alerts[0]?.evidence.sql).toContain('FROM rejected')
  })

  test('is said once however much there is, and not where a policy says how much is usual, or nothing at all', () => {
    const flood = Array.from({ length: 500 }, () => rejected('org:acme', NOON_MS, 10))
    const of = (changes: Parameters<typeof ruleOf>[2]) =>
      run(
        [tick(NOON_MS), ...flood],
        { alert_policies: [ruleOf('rejected_usage', 'org:acme', changes)] },
        'rejected_usage',
      )
    expect(of({})).toHaveLength(1)
    expect(of({ params: { minimum_requests: 5_000 } })).toMatchObject([{ observed: 5_000 }])
    expect(of({ params: { minimum_requests: 5_001 } })).toEqual([])
    expect(of({ enabled: false })).toEqual([])
  })

  test('of the evening is not said again at midnight, and what comes after it is', () => {
    const MIDNIGHT_MS = Date.UTC(2026, 10, 19)
    const night = [
      tick(MIDNIGHT_MS - 10 * MINUTE_MS),
      rejected('org:acme', NOON_MS, 2),
      ...[0, 1, 2].map((minute) => tick(MIDNIGHT_MS + minute * MINUTE_MS)),
      rejected('org:acme', NOON_MS, 3),
    ]
    const alerts = run(night, {}, 'rejected_usage')
    expect(alerts.map(({ period, state, observed, reason }) => [period, state, observed, reason])).toEqual([
      ['2026-11-18', 'firing', 2, undefined],
      ['2026-11-18', 'resolved', 2, 'period_over'],
      ['2026-11-19', 'firing', 3, undefined],
    ])
  })

  test('does not turn the clock, whatever time its records state', () => {
    const ahead = [tick(NOON_MS), rejected('org:acme', Date.UTC(2099, 0, 1), 1), tick(NOON_MS + MINUTE_MS)]
    expect(run(ahead, {}, 'rejected_usage')).toMatchObject([{ at: new Date(NOON_MS).toISOString() }])
  })
})

describe('a grant', () => {
  test('that will expire is said two weeks before, once each, and is over when nothing is left of it', () => {
    const expires_at_ms = NOON_MS + 15 * DAY_MS
    const grants = ['promo', 'trial'].map((id) => ({
      id,
      pool: 'central',
      remaining_micro: 500 * CREDIT,
      expires_at_ms,
    }))
    const log = [
      policy(1, { reporting_time_zone: 'UTC', grants }),
      delta('org:acme', NOON_MS, 1),
      delta('team:core', NOON_MS, 1),
      tick(NOON_MS + DAY_MS - 1),
      tick(NOON_MS + DAY_MS + MINUTE_MS),
      tick(NOON_MS + 3 * DAY_MS),
      policy(2, { reporting_time_zone: 'UTC', grants: grants.slice(1) }),
      tick(NOON_MS + 15 * DAY_MS),
    ]
    const alerts = alertsOf(log).filter(({ rule }) => rule === 'grant_expiring')
    expect(alerts.map(({ about, state, scope, period }) => [about, state, scope, period])).toEqual([
      ['grant:promo', 'firing', 'org:acme', '2026-12-03'],
      ['grant:trial', 'firing', 'org:acme', '2026-12-03'],
      ['grant:promo', 'resolved', 'org:acme', '2026-12-03'],
      ['grant:trial', 'resolved', 'org:acme', '2026-12-03'],
    ])
    expect(alerts[0]).toMatchObject({ observed: 14, baseline: { mean: 500 * CREDIT } })
  })
})

describe('a team', () => {
  /** Five weeks by panes of five minutes: ten credits in office hours of working days, else nothing. */
  const office = (until: number): TestInput[] => {
    const log: TestInput[] = []
    for (let ms = Date.UTC(2026, 9, 12); ms < until; ms += 300_000) {
      const [hour, weekday] = [new Date(ms).getUTCHours(), new Date(ms).getUTCDay()]
      const isBusy = hour >= 8 && hour < 18 && weekday > 0 && weekday < 6
      log.push(isBusy ? delta('team:core', ms + 1_000, 10) : tick(ms + 1_000))
    }
    return log
  }

  test('that stops on a working day is missed after an hour; in nights and weekends it never is', () => {
    // Wednesday, after weeks of nights and weekends.
    const stops = Date.UTC(2026, 10, 18, 11)
    const quiet = Array.from({ length: 60 }, (_, pane) => tick(stops + pane * 300_000 + 1_000))
    const back = [delta('team:core', stops + 5 * HOUR_MS, 10), tick(stops + 5.2 * HOUR_MS)]
    const alerts = run([...office(stops), ...quiet, ...back], {}, 'silence')
    expect(alerts.map(({ state, at, scope }) => [state, at, scope])).toEqual([
      ['firing', '2026-11-18T12:05:01.000Z', 'team:core'],
      ['resolved', '2026-11-18T16:12:00.000Z', 'team:core'],
    ])
    expect(alerts[0]?.baseline?.mean).toBeGreaterThan(100 * CREDIT)
  })

  test('that spends a fifth more for a week is an anomaly of the week, until it is usual', () => {
    const log: TestInput[] = []
    const start = Date.UTC(2026, 8, 21, 12)
    for (let day = 0; day < 80; day++)
      log.push(delta('team:core', start + day * DAY_MS, day < 50 ? 200 : 280))
    const alerts = run(log, {}, 'anomaly_weekly')
    expect(alerts.map(({ state, window }) => [state, window])).toEqual([
      ['firing', '7d'],
      ['resolved', '7d'],
    ])
    expect(alerts[0]?.observed).toBeCloseTo(0.2, 1)
  })

  test('has its month compared where a policy asks for it', () => {
    const log = Array.from({ length: 40 }, (_, day) =>
      delta('team:core', Date.UTC(2026, 9, 1 + day, 12), day < 31 ? 100 : 150),
    )
    const asked = [ruleOf('month_over_month', 'team:*', {})]
    expect(run(log, {}, 'month_over_month')).toEqual([])
    expect(run(log, { alert_policies: asked }, 'month_over_month')).toMatchObject([
      { state: 'firing', scope: 'team:core', allocation_id: null, period: '2026-11', threshold: 0.2 },
    ])
  })

  test('is not told of rules that are switched off for it, and what was firing ends', () => {
    const log = [delta('org:acme', NOON_MS, 1, 5)]
    const off = [ruleOf('unrated_usage', 'org:acme', { enabled: false })]
    expect(run(log, { alert_policies: off }, 'unrated_usage')).toEqual([])
    const alerts = alertsOf([policy(1), ...log, policy(2, { alert_policies: off })])
    expect(alerts.map(({ rule, state }) => [rule, state])).toEqual([
      ['unrated_usage', 'firing'],
      ['unrated_usage', 'resolved'],
    ])
  })
})

test('an organization of which nothing is known but alerts keeps them over a restart', () => {
  const start = Date.parse('2026-10-29T10:00:00Z')
  const log = [
    policy(0, tight(500)),
    delta(PAYMENTS, start, 1),
    // Of the organization itself nothing was spent.
    rejected('org:acme', start, 1),
    delta(PAYMENTS, start + HOUR_MS, 1),
    // Another grant, another review date, in place of those that are told of.
    policy(1, tight(301)),
  ]
  const whole = bytesOf(log, [])
  expect(whole.filter((alert) => alert?.includes('"policy_changed"'))).toHaveLength(2)
  expect(bytesOf(log, [4, -1])).toEqual(whole)
})

test('what is told of an organization is ended, also where nothing was spent for two months', () => {
  const start = Date.UTC(2026, 7, 1)
  const days = Array.from({ length: 101 }, (_, day) => tick(start + day * DAY_MS + 1_000))
  const [firing, resolved] = run(
    [delta('org:acme', start, 1), ...days],
    {
      grants: [{ id: 'g', pool: 'p', remaining_micro: 5 * CREDIT, expires_at_ms: start + 75 * DAY_MS }],
      alert_policies: [ruleOf('grant_expiring', 'org:acme', { params: { days: 30 } })],
    },
    'grant_expiring',
  )
  expect([firing?.state, resolved?.state]).toEqual(['firing', 'resolved'])
})

test('every rule says the same, byte for byte, for any cut into batches and any crash', () => {
  const step = fc.record({
    aheadMs: fc.oneof(fc.integer({ min: 0, max: 90_000 }), fc.integer({ min: 0, max: 30 * HOUR_MS })),
    lateMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 * HOUR_MS })),
    what: fc.constantFrom('delta', 'delta', 'delta', 'tick', 'policy', 'rejected'),
    scope: fc.constantFrom(PAYMENTS, 'org:acme', 'team:core', 'user:ada'),
    credits: fc.integer({ min: -20, max: 400 }),
    unrated: fc.constantFrom(0, 0, 3),
  } as const)
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 30 }),
      (steps, sizes) => {
        let nowMs = Date.parse('2026-10-29T10:00:00Z')
        const log = [policy(0, tight(500))]
        for (const [index, { aheadMs, lateMs, what, scope, credits, unrated }] of steps.entries()) {
          nowMs += aheadMs
          if (what === 'tick') log.push(tick(nowMs))
          else if (what === 'policy') log.push(policy(index + 1, tight(300 + credits)))
          else if (what === 'rejected') log.push(rejected('org:acme', nowMs - lateMs, 1 + unrated))
          else log.push(delta(scope, nowMs - lateMs, credits, unrated))
        }
        const whole = bytesOf(log, [])
        expect(bytesOf(log, sizes)).toEqual(whole)
      },
    ),
    { numRuns: 60 },
  )
})

/** Rules that a few hundred credits set off. */
function tight(credits: number): Partial<BudgetPolicy> {
  return {
    allocations: [allocation({ monthly_credits_micro: credits * CREDIT })],
    limits: [
      limitOf({
        id: 'each',
        hard_cap_micro: credits * CREDIT,
        review_at_ms: Date.UTC(2026, 9, 29 + (credits % 5)),
      }),
    ],
    grants: [
      {
        id: `g${credits % 2}`,
        pool: 'p',
        remaining_micro: 5 * CREDIT,
        expires_at_ms: Date.UTC(2026, 10, 9),
      },
    ],
    alert_policies: [
      ruleOf('burn_rate', 'billing_group:*', { params: { factor: 2, long: '1h', short: '5m' } }),
      ruleOf('month_over_month', 'team:*', {}),
      ruleOf('silence', 'team:*', { params: { minimum_minutes: 15, evidence: 1 } }),
    ],
  }
}

function bytesOf(log: readonly TestInput[], sizes: readonly number[]) {
  const driver = new TopologyTestDriver(burnTopology(SCHEMA_IDS))
  driver.append(log)
  driver.drain(sizes)
  return driver.read('spend.alert').map(({ value }) => value?.toString())
}

function run(
  log: readonly TestInput[],
  changes: Partial<BudgetPolicy>,
  rule: SpendAlert['rule'],
): SpendAlert[] {
  const given = { allocations: [], reporting_time_zone: 'UTC', ...changes }
  return alertsOf([policy(1, given), ...log]).filter((alert) => alert.rule === rule)
}
