import { TopologyTestDriver } from '@meterline/topology'
import type { LogRecord, TestInput } from '@meterline/topology'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import {
  alertsIn,
  allocation,
  CREDIT,
  delta,
  policy,
  SCHEMA_IDS,
  statesIn,
  tick,
} from './burn-log.test-data.ts'
import { burnTopology } from './topology.ts'

const PAYMENTS = 'billing_group:payments'
const SUPPORT = 'billing_group:support'

test('the topology, in the order data flows', () => {
  expect(burnTopology(SCHEMA_IDS).describe()).toMatchInlineSnapshot(`
    "burn
      from spend.delta
      →    roll-windows      restored from burn.changelog
      →    grant-leases
      →    score-anomalies
      →    check-rules
      →    check-budgets
      to   spend.alert
      and  spend.lease (lease)
      and  spend.state (state)
      and  burn.changelog (changelog)
    "
  `)
})

describe('a budget', () => {
  test('says each threshold once, at the delta that crosses it, and resolves it when the month is over', () => {
    const alerts = run([
      policy(1),
      delta(PAYMENTS, '2026-11-10T10:00:00Z', 650),
      delta(PAYMENTS, '2026-11-10T10:00:05Z', 60),
      delta(PAYMENTS, '2026-11-10T10:00:06Z', 60),
      delta(PAYMENTS, '2026-11-11T10:00:06Z', 140),
      delta(PAYMENTS, '2026-11-12T10:00:06Z', 100),
      tick('2026-11-30T22:59:59Z'),
      tick('2026-11-30T23:00:00Z'),
      delta(PAYMENTS, '2026-11-30T23:00:01Z', 10),
    ])
    expect(
      alerts.map(({ severity, threshold, state, version, at }) => [severity, threshold, state, version, at]),
    ).toEqual(
      [
        ['warning', 0.7, 'firing', 1, '2026-11-10T10:00:05.000Z'],
        ['critical', 0.9, 'firing', 1, '2026-11-11T10:00:06.000Z'],
        ['hard_cap', 1, 'firing', 1, '2026-11-12T10:00:06.000Z'],
        ['warning', 0.7, 'resolved', 2, '2026-11-30T23:00:00.000Z'],
        ['critical', 0.9, 'resolved', 2, '2026-11-30T23:00:00.000Z'],
        ['hard_cap', 1, 'resolved', 2, '2026-11-30T23:00:00.000Z'],
      ].sort(byTimeThenThreshold),
    )
    expect(new Set(alerts.map(({ id }) => id)).size).toBe(3)
    expect(alerts[0]).toMatchObject({
      allocation_id: 'acme-bg-payments',
      current_usage: 710,
      monthly_allocation: 1_000,
      period: '2026-11',
      notify: ['finance@example.com'],
      superseded_by: null,
    })
  })

  test('that one delta exceeds at once says all thresholds, and the lower ones name the hard cap', () => {
    const alerts = run([policy(1), delta(PAYMENTS, '2026-11-10T10:00:00Z', 2_000)])
    expect(alerts.map(({ severity }) => severity)).toEqual(['warning', 'critical', 'hard_cap'])
    expect(alerts.map(({ superseded_by }) => superseded_by)).toEqual([alerts[2]?.id, alerts[2]?.id, null])
  })

  test('does not flap: a correction below the threshold and back is one alert', () => {
    const alerts = run([
      policy(1),
      delta(PAYMENTS, '2026-11-10T10:00:00Z', 710),
      delta(PAYMENTS, '2026-11-10T10:00:01Z', -20),
      delta(PAYMENTS, '2026-11-10T10:00:02Z', 20),
      delta(PAYMENTS, '2026-11-10T10:00:03Z', -200),
      delta(PAYMENTS, '2026-11-10T10:00:04Z', 200),
    ])
    expect(alerts.map(({ state }) => state)).toEqual(['firing', 'resolved'])
  })

  test('is armed again by a top-up', () => {
    const alerts = run([
      policy(1),
      delta(PAYMENTS, '2026-11-10T10:00:00Z', 800),
      policy(2, { allocations: [allocation({ monthly_credits_micro: 2_000 * CREDIT })] }),
      delta(PAYMENTS, '2026-11-10T10:00:01Z', 600),
    ])
    expect(
      alerts.map(({ state, version, monthly_allocation }) => [state, version, monthly_allocation]),
    ).toEqual([
      ['firing', 1, 1_000],
      ['resolved', 2, 2_000],
      ['firing', 1, 2_000],
    ])
    expect(alerts[2]?.id).not.toBe(alerts[0]?.id)
  })

  test('counts late spend in its own month, and only the present month can alert', () => {
    const { alerts, states } = outcome([
      policy(1),
      tick('2026-11-10T10:00:00Z'),
      delta(PAYMENTS, '2026-10-31T22:59:00Z', 5_000),
      delta(PAYMENTS, '2026-11-01T00:30:00Z', 650),
      delta(PAYMENTS, '2026-10-31T23:30:00Z', 60),
    ])
    // The clocks of Berlin had gone back by then: 23:30 UTC is half past midnight in November.
    expect(states[0]?.month_credits_micro).toBe(710 * CREDIT)
    expect(alerts.map(({ threshold }) => threshold)).toEqual([0.7])
  })

  test('goes without a word when its spend is gone from the policy', () => {
    const alerts = run([
      policy(1),
      delta(PAYMENTS, '2026-11-10T10:00:00Z', 710),
      policy(2, { allocations: [] }),
    ])
    expect(alerts.map(({ state }) => state)).toEqual(['firing', 'resolved'])
  })

  test('the daily forecast is quiet without history, and speaks at half of the average day', () => {
    const days = ['01', '02', '03', '04']
    const alerts = run([
      policy(1, { allocations: [allocation({ monthly_credits_micro: 100_000 * CREDIT })] }),
      ...days.map((day) => delta(PAYMENTS, `2026-11-${day}T12:00:00Z`, 400)),
      delta(PAYMENTS, '2026-11-05T12:00:00Z', 199),
      delta(PAYMENTS, '2026-11-05T13:00:00Z', 1),
    ]).filter(({ rule }) => rule === 'daily_forecast')
    expect(alerts.map(({ period, at, state }) => [period, at, state])).toEqual([
      ['2026-11-04', '2026-11-04T12:00:00.000Z', 'firing'],
      ['2026-11-04', '2026-11-05T12:00:00.000Z', 'resolved'],
      ['2026-11-05', '2026-11-05T13:00:00.000Z', 'firing'],
    ])
  })

  test('a month that spends a fifth more than the same span of the last one is critical', () => {
    const october = Array.from({ length: 31 }, (_, day) =>
      delta(PAYMENTS, Date.UTC(2026, 9, day + 1, 12), 100),
    )
    const november = Array.from({ length: 9 }, (_, day) =>
      delta(PAYMENTS, Date.UTC(2026, 10, day + 1, 12), 150),
    )
    const alerts = run([
      policy(1, { allocations: [allocation({ monthly_credits_micro: 100_000 * CREDIT })] }),
      ...october,
      ...november,
    ]).filter(({ rule }) => rule === 'month_over_month')
    expect(
      alerts.map(({ severity, threshold, period, state }) => [severity, threshold, period, state]),
    ).toEqual([['critical', 0.2, '2026-11', 'firing']])
  })
})

describe('an unusual day', () => {
  const month = Array.from({ length: 30 }, (_, day) =>
    delta(SUPPORT, Date.UTC(2026, 9, day + 1, 12), 100 + (day % 5)),
  )

  test('fires above three deviations, once, with what it was compared with', () => {
    const alerts = run([
      policy(1, { allocations: [] }),
      ...month,
      delta(SUPPORT, '2026-10-31T09:00:00Z', 100),
      delta(SUPPORT, '2026-10-31T10:00:00Z', 60),
      delta(SUPPORT, '2026-10-31T11:00:00Z', 60),
    ]).filter(({ rule }) => rule === 'anomaly_daily')
    expect(alerts).toHaveLength(1)
    expect(alerts[0]).toMatchObject({
      period: '2026-10-31',
      at: '2026-10-31T10:00:00.000Z',
      current_usage: 160,
    })
    expect(alerts[0]?.baseline).toMatchObject({ mean: 102 * CREDIT, samples: 30 })
    // Five values of six days each: Σ(x − 102)² = 6 × 10, over 29.
    expect(alerts[0]?.z).toBeCloseTo(58 / Math.sqrt(60 / 29), 9)
  })

  test('is no alert for a user: one per team, not one per head', () => {
    const heads = month.map((_, day) => delta('user:u1', Date.UTC(2026, 9, day + 1, 12), 100 + (day % 5)))
    expect(run([policy(1), ...heads, delta('user:u1', '2026-10-31T10:00:00Z', 5_000)])).toEqual([])
  })
})

describe('the seasonal score', () => {
  test('finds a surge of five-minute panes, and ends with it', () => {
    const start = Date.UTC(2026, 10, 2)
    const normal = Array.from({ length: 3 * 288 }, (_, pane) => start + pane * 300_000 + 60_000).flatMap(
      (at, pane) => [delta(SUPPORT, at, 5 + (pane % 3)), tick(at + 200_000)],
    )
    const surgeAt = start + 3 * 86_400_000
    const surge = [0, 1, 2].map((pane) => delta(SUPPORT, surgeAt + pane * 300_000, 400))
    const after = Array.from({ length: 8 }, (_, pane) => delta(SUPPORT, surgeAt + (pane + 3) * 300_000, 5))
    const alerts = run([policy(1, { allocations: [] }), ...normal, ...surge, ...after]).filter(
      ({ rule, window }) => rule === 'anomaly_seasonal' && window === '5m',
    )
    expect(alerts.map(({ state, at }) => [state, at])).toEqual([
      ['firing', new Date(surgeAt + 3 * 300_000).toISOString()],
      ['resolved', new Date(surgeAt + 7 * 300_000).toISOString()],
    ])
    expect(alerts[0]?.drivers.map(({ dimension, value }) => [dimension, value])).toContainEqual([
      'model',
      'gpt-5-mini',
    ])
  })
})

describe('a replay', () => {
  test('gives the same alerts, byte for byte, and the same state, for any cut into batches and any crash', () => {
    fc.assert(
      fc.property(
        arbitraryLog(),
        fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 30 }),
        (log, sizes) => {
          const whole = drained(log, [])
          const cut = drained(log, sizes)
          const bytes = (driver: TopologyTestDriver) =>
            driver.read('spend.alert').map(({ value }) => value?.toString())
          expect(bytes(cut)).toEqual(bytes(whole))
          alertsIn(whole.read('spend.alert'))
          expect(final(cut, log, { restarted: true })).toEqual(final(whole, log, { restarted: false }))
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('a restart', () => {
  test('from a compacted changelog goes on as if nothing had happened', () => {
    fc.assert(
      fc.property(arbitraryLog(), fc.integer({ min: 1, max: 9 }), (log, size) => {
        const whole = drained(
          log,
          Array.from({ length: log.length }, () => size),
        )
        const last = new Map(whole.read('burn.changelog').map((record) => [String(record.key), record]))
        const task = burnTopology(SCHEMA_IDS).create(0)
        for (const record of [...last.values()].sort((a, b) => a.offset - b.offset)) {
          // Compaction drops tombstones too, in time.
          if (record.value !== null) task.restore('burn.changelog', record)
        }
        const records = oneMoreEach(log).map(({ key, value }, index) => ({
          partition: 0,
          offset: log.length + index,
          timestampMs: 0,
          key: Buffer.from(String(key)),
          value,
          headers: {},
        }))
        const outputs = task.process(records)
        const states = outputs.find(({ topic }) => topic === 'spend.state')?.messages ?? []
        const restarted = states.map(({ value }, index) => ({ ...records[index], value })) as LogRecord[]
        expect(statesIn(restarted)).toEqual(final(whole, log, { restarted: false }))
      }),
      { numRuns: 40 },
    )
  })

  test('does not bring back an alert that was forgotten, from a changelog that still holds it', () => {
    const log = [
      policy(1),
      delta(PAYMENTS, '2026-11-10T10:00:00Z', 710),
      policy(2, { allocations: [] }),
      delta(PAYMENTS, '2026-11-10T10:00:01Z', 1),
      tick('2026-11-30T23:00:01Z'),
    ]
    const driver = new TopologyTestDriver(burnTopology(SCHEMA_IDS))
    driver.append(log)
    driver.drain([2, 1, -1, 1])
    expect(alertsIn(driver.read('spend.alert')).map(({ state }) => state)).toEqual(['firing', 'resolved'])
  })

  test('writes each pane once more when it leaves, so that the changelog does not grow', () => {
    const start = Date.UTC(2026, 9, 1)
    const hours = Array.from({ length: 24 * 80 }, (_, hour) => delta('user:u1', start + hour * 3_600_000, 1))
    const driver = new TopologyTestDriver(burnTopology(SCHEMA_IDS))
    driver.append([...hours, tick(start + 81 * 86_400_000)])
    driver.drain(Array.from({ length: 500 }, () => 4))
    const kept = new Map(driver.read('burn.changelog').map(({ key, value }) => [String(key), value !== null]))
    const keptOf = (kind: string) =>
      [...kept].filter(([key, isKept]) => isKept && key.includes(`|${kind}|`)).length
    expect(keptOf('minute')).toBeLessThanOrEqual(24)
    expect(keptOf('hour')).toBeLessThanOrEqual(720)
    expect(keptOf('day')).toBeLessThanOrEqual(63)
    expect(keptOf('drivers_day')).toBeLessThanOrEqual(63)
    expect(keptOf('drivers_five_minutes')).toBeLessThanOrEqual(60)
  })
})

/** Deltas of a few scopes around a change of clocks and of month, some late, with ticks, top-ups, and long silences. */
function arbitraryLog(): fc.Arbitrary<TestInput[]> {
  const step = fc.record({
    aheadMs: fc.oneof(
      fc.integer({ min: 0, max: 4_000 }),
      fc.integer({ min: 0, max: 400_000 }),
      fc.integer({ min: 0, max: 20 * 3_600_000 }),
    ),
    lateMs: fc.oneof(
      fc.constant(0),
      fc.integer({ min: 0, max: 3_600_000 }),
      fc.integer({ min: 0, max: 70 * 86_400_000 }),
    ),
    what: fc.constantFrom('delta', 'delta', 'delta', 'delta', 'tick', 'policy'),
    scope: fc.constantFrom(PAYMENTS, SUPPORT, 'team:core', 'user:u1'),
    credits: fc.integer({ min: -20, max: 250 }),
  } as const)
  return fc.array(step, { maxLength: 80 }).map((steps) => {
    let nowMs = Date.parse('2026-10-20T10:00:00Z')
    const log = [policy(0)]
    for (const [index, { aheadMs, lateMs, what, scope, credits }] of steps.entries()) {
      nowMs += aheadMs
      if (what === 'tick') log.push(tick(nowMs))
      else if (what === 'delta') log.push(delta(scope, nowMs - lateMs, credits))
      else
        log.push(
          policy(index, { allocations: [allocation({ monthly_credits_micro: (500 + credits) * CREDIT })] }),
        )
    }
    return log
  })
}

function drained(log: readonly TestInput[], sizes: readonly number[]): TopologyTestDriver {
  const driver = new TopologyTestDriver(burnTopology(SCHEMA_IDS))
  driver.append(log)
  driver.drain(sizes)
  return driver
}

/** One more delta for each scope, at the newest time of the log, so that the windows are still full. */
function oneMoreEach(log: readonly TestInput[]): TestInput[] {
  const newestMs = Math.max(...log.map(({ timestampMs = 0 }) => timestampMs), Date.UTC(2026, 9, 20))
  return ([PAYMENTS, SUPPORT, 'team:core', 'user:u1'] as const).map((scope) => delta(scope, newestMs, 0))
}

/** Where every scope stands: asked by one more delta each, in a batch of its own. */
function final(
  driver: TopologyTestDriver,
  log: readonly TestInput[],
  options: { readonly restarted: boolean },
) {
  if (options.restarted) driver.crash()
  driver.pipe(oneMoreEach(log))
  return statesIn(driver.read('spend.state'))
}

function outcome(log: readonly TestInput[]) {
  const driver = drained(log, [])
  return { alerts: alertsIn(driver.read('spend.alert')), states: statesIn(driver.read('spend.state')) }
}

const run = (log: readonly TestInput[]) => outcome(log).alerts

function byTimeThenThreshold(a: readonly unknown[], b: readonly unknown[]): number {
  return String(a[4]).localeCompare(String(b[4])) || Number(a[1]) - Number(b[1])
}
