import { TopologyTestDriver } from '@meterline/topology'
import type { TestInput } from '@meterline/topology'
import { expect, test } from 'vitest'

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

/** 1,000 credits a month of which 100 are held back; in November 50 rolled over. */
const BUDGETED = {
  ...allocation({ reserve_credits_micro: 100 * CREDIT }),
  base_limit_micro: 900 * CREDIT,
  month_limits_micro: { '2026-11': 950 * CREDIT },
}

function run(inputs: readonly TestInput[]) {
  const driver = new TopologyTestDriver(burnTopology(SCHEMA_IDS))
  driver.pipe(inputs)
  const alerts = alertsIn(driver.read('spend.alert')).filter(({ rule }) => rule === 'budget_threshold')
  return { alerts, states: statesIn(driver.read('spend.state')) }
}

test('the spend of a month is held against what the ledger gave it, and the state and the alert say that figure', () => {
  const { alerts, states } = run([
    policy(1, { allocations: [BUDGETED] }),
    delta(PAYMENTS, '2026-11-10T10:00:00Z', 949),
    delta(PAYMENTS, '2026-11-10T10:00:01Z', 1),
  ])
  expect(alerts.map(({ severity, monthly_allocation, at }) => [severity, monthly_allocation, at])).toEqual([
    ['warning', 950, '2026-11-10T10:00:00.000Z'],
    ['critical', 950, '2026-11-10T10:00:00.000Z'],
    ['hard_cap', 950, '2026-11-10T10:00:01.000Z'],
  ])
  expect(states[0]).toMatchObject({ limit_micro: 950 * CREDIT, budget_state: 'hard_cap' })
})

test('a top-up lifts the cap: the hard cap is resolved, and armed anew for the new figure', () => {
  const toppedUp = { ...BUDGETED, month_limits_micro: { '2026-11': 1_050 * CREDIT } }
  const { alerts } = run([
    policy(1, { allocations: [BUDGETED] }),
    delta(PAYMENTS, '2026-11-10T10:00:00Z', 950),
    policy(2, { allocations: [toppedUp] }),
    delta(PAYMENTS, '2026-11-10T10:00:02Z', 100),
  ])
  const hardCap = alerts.filter(({ severity }) => severity === 'hard_cap')
  expect(
    hardCap.map(({ state, version, monthly_allocation }) => [state, version, monthly_allocation]),
  ).toEqual([
    ['firing', 1, 950],
    ['resolved', 2, 1_050],
    ['firing', 1, 1_050],
  ])
})

test('when the month rolls before the ledger has rolled it, every month’s base holds until the ledger speaks', () => {
  const rolled = { ...BUDGETED, month_limits_micro: { '2026-11': 950 * CREDIT, '2026-12': 990 * CREDIT } }
  const { alerts, states } = run([
    policy(1, { allocations: [BUDGETED] }),
    tick('2026-11-30T22:59:59Z'),
    delta(PAYMENTS, '2026-11-30T23:00:00Z', 900),
    policy(2, { allocations: [rolled] }),
    delta(PAYMENTS, '2026-12-01T10:00:00Z', 89),
  ])
  const hardCap = alerts.filter(({ severity }) => severity === 'hard_cap')
  expect(hardCap.map(({ state, monthly_allocation, period }) => [state, monthly_allocation, period])).toEqual(
    [
      ['firing', 900, '2026-12'],
      ['resolved', 990, '2026-12'],
    ],
  )
  expect(states[0]?.limit_micro).toBe(990 * CREDIT)
})
