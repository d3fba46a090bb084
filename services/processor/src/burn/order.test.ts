import { TopologyTestDriver } from '@meterline/topology'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { alertsIn, delta, policy, SCHEMA_IDS, statesIn, tick } from './burn-log.test-data.ts'
import { burnTopology } from './topology.ts'

const PAYMENTS = 'billing_group:payments'
const HOUR_MS = 3_600_000
/** Noon of a day in the middle of a month: an hour of lateness leaves neither. */
const NOON_MS = Date.UTC(2026, 10, 18, 12)

const spends = fc
  .array(
    fc.record({ ageMs: fc.integer({ min: 0, max: HOUR_MS }), credits: fc.integer({ min: 0, max: 300 }) }),
    {
      maxLength: 12,
    },
  )
  .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })))

test('any order within an hour of lateness gives the same alerts by id, and the same standing', () => {
  const cuts = fc.array(fc.integer({ min: -4, max: 6 }), { maxLength: 10 })
  fc.assert(
    fc.property(spends, cuts, ([inOrder, shuffled], sizes) => {
      expect(outcome(shuffled, sizes)).toEqual(outcome(inOrder, []))
    }),
  )
})

test('a threshold of the month fires exactly when the sum has reached it', () => {
  fc.assert(
    fc.property(spends, ([all]) => {
      const sum = all.reduce((total, { credits }) => total + credits, 0)
      const crossed = [0.7, 0.9, 1].filter((threshold) => sum >= threshold * 1_000)
      const { budgets } = outcome(all, [])
      expect(budgets).toEqual(crossed)
    }),
  )
})

type Spend = { readonly ageMs: number; readonly credits: number }

function outcome(all: readonly Spend[], sizes: readonly number[]) {
  const driver = new TopologyTestDriver(burnTopology(SCHEMA_IDS))
  driver.append([policy(1), tick(NOON_MS)])
  driver.append(all.map(({ ageMs, credits }) => delta(PAYMENTS, NOON_MS - ageMs, credits)))
  driver.drain(sizes)
  driver.pipe([delta(PAYMENTS, NOON_MS, 0)])
  const alerts = alertsIn(driver.read('spend.alert'))
  const [state] = statesIn(driver.read('spend.state'))
  return {
    ids: alerts.map(({ id, version }) => `${id} v${version}`).sort(),
    budgets: alerts
      .filter(({ rule }) => rule === 'budget_threshold')
      .map(({ threshold }) => threshold)
      .filter((threshold) => threshold >= 0.7)
      .sort((a, b) => a - b),
    windows: state?.windows,
    month: state?.month_credits_micro,
    budgetState: state?.budget_state,
  }
}
