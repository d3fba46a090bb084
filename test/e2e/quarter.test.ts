import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { AllocationId } from '../../services/processor/src/burn/quarter/quarter-facts.test-data.ts'
import {
  ALLOCATIONS,
  M,
  PAYMENTS,
  plainBalances,
  plainLimits,
  PROMOTION,
  RESEARCH,
  SUPPORT,
} from '../../services/processor/src/burn/quarter/quarter-facts.test-data.ts'
import { eventually } from '../support/meterline.ts'
import { YEAR, OCTOBER, NOVEMBER, DECEMBER, JANUARY } from '../support/quarter/dates-and-keys.ts'
import { december } from '../support/quarter/december.ts'
import { november } from '../support/quarter/november.ts'
import { october } from '../support/quarter/october.ts'
import { Quarter } from '../support/quarter/quarter.ts'
import { refreshViews } from '../support/refresh-views.ts'

/** In credits, by the month of the call and the team, late calls and corrections in: what the days below spend, added up by hand. */
const SPENT_BY_TEAM: Readonly<Record<string, number>> = {
  [`${OCTOBER} payments`]: 380_241.567893,
  [`${OCTOBER} risk`]: 1_100,
  [`${OCTOBER} helpdesk`]: 40_000,
  [`${OCTOBER} self-service`]: 200_000,
  [`${OCTOBER} experimentation`]: 30_000,
  [`${NOVEMBER} payments`]: 520_000,
  [`${NOVEMBER} helpdesk`]: 248_000,
  [`${NOVEMBER} experimentation`]: 25_000,
  [`${NOVEMBER} developer-tools`]: 35_000,
  [`${DECEMBER} payments`]: 180_000,
  [`${DECEMBER} risk`]: 120_000,
  [`${DECEMBER} self-service`]: 275_000,
  [`${DECEMBER} developer-tools`]: 220_000,
}

/** In credits, by the month of the call: the ledger's own spend of it once it is closed and adjusted. */
const POSTED: Readonly<Record<AllocationId, readonly [number, number, number]>> = {
  // All but the 7 that came when burn no longer kept all of October.
  [PAYMENTS]: [381_334.567893, 520_000, 300_000],
  [SUPPORT]: [240_000, 248_000, 275_000],
  [RESEARCH]: [30_000, 60_000, 220_000],
}

// The sample policy, told in order: each test begins where the one before ended. Commands go to control over HTTP, usage through the
// gateway or Kafka, meter, burn and the sink into ClickHouse; the date alone is the test's.
describe(`the sample policy through the last quarter of ${YEAR}`, () => {
  let quarter: Quarter

  beforeAll(async () => {
    quarter = await Quarter.begin(`${OCTOBER}-01T12:00:00Z`)
  })
  afterAll(() => quarter?.end())

  october(() => quarter)
  november(() => quarter)
  december(() => quarter)

  test.each(ALLOCATIONS)('%s: what each month may spend is what plain arithmetic says', async (id) => {
    expect(quarter.limits(id)).toEqual(plainLimits(id))
    await quarter.isLimited(id, (plainLimits(id).at(-1) ?? Number.NaN) / M)
    await quarter.isSpent(id, 0)
  })

  test('every balance is the independently calculated one, and they sum to nothing', async () => {
    const balances = new Map<string, number>()
    for (const { postings } of await quarter.office.ledger()) {
      for (const { account, amount_credits } of postings) {
        balances.set(account, (balances.get(account) ?? 0) + Math.round(amount_credits * M))
      }
    }
    const standing = [...balances].filter(([, micro]) => micro !== 0)
    expect(Object.fromEntries(standing)).toEqual(plainBalances())
    expect(standing.reduce((sum, [, micro]) => sum + micro, 0)).toBe(0)
  })

  test('three months were rolled once each, late spend is linked to what it adjusts, the promotion expired', async () => {
    const entries = await quarter.office.ledger()
    const of = (kind: string) => entries.filter((entry) => entry.kind === kind)
    const rolled = of('draw_down').map(({ period, at }) => `${period} at ${at.slice(0, 15)}`)
    expect(rolled).toEqual(
      [
        [OCTOBER, NOVEMBER],
        [NOVEMBER, DECEMBER],
        [DECEMBER, JANUARY],
      ].flatMap(([month, next]) => ALLOCATIONS.map(() => `${month} at ${next}-01T00:0`)),
    )
    expect(
      of('adjustment')
        .map(({ period, links }) => [links['adjusts'], links['original_period'], period].join(' '))
        .toSorted(),
    ).toEqual(
      [
        `draw_down:${PAYMENTS}:${OCTOBER} ${OCTOBER} ${NOVEMBER}`,
        `draw_down:${PAYMENTS}:${OCTOBER} ${OCTOBER} ${DECEMBER}`,
        `draw_down:${SUPPORT}:${NOVEMBER} ${NOVEMBER} ${DECEMBER}`,
      ].toSorted(),
    )
    expect(
      of('grant_expiry').map(({ links, postings }) => [links['grant'], postings[1]?.amount_credits]),
    ).toEqual([['promotion', PROMOTION / M]])
  })

  test('ledger and burn say the same of each closed month', async () => {
    const entries = await quarter.office.ledger()
    for (const id of ALLOCATIONS) {
      const posted = [OCTOBER, NOVEMBER, DECEMBER].map((month) =>
        entries
          .filter(({ period, links }) => (links['original_period'] ?? period) === month)
          .filter(({ kind }) => kind === 'draw_down' || kind === 'adjustment')
          .flatMap(({ postings }) => postings.filter(({ account }) => account === `spent:${id}`))
          .reduce((sum, { amount_credits }) => sum + Math.round(amount_credits * M), 0),
      )
      expect([id, ...posted]).toEqual([id, ...POSTED[id].map((credits) => Math.round(credits * M))])
      expect(quarter.closedMonths(id)).toEqual({ [NOVEMBER]: posted[1], [DECEMBER]: posted[2] })
    }
  })

  test('ClickHouse has the spend of every team and month in its live and its refreshed view', async () => {
    const { clickhouse } = quarter.stack
    await refreshViews(clickhouse)
    for (const view of ['live_credits_by_team', 'mv_credits_by_team']) {
      const rows = await clickhouse.rows<{ name: string; micro: number }>(
        `SELECT concat(formatDateTime(day, '%Y-%m'), ' ', team) AS name, toInt64(sum(credits) * 1000000) AS micro FROM ${view} GROUP BY name`,
      )
      expect(Object.fromEntries(rows.map(({ name, micro }) => [name, micro])), view).toEqual(
        Object.fromEntries(
          Object.entries(SPENT_BY_TEAM).map(([name, credits]) => [name, Math.round(credits * M)]),
        ),
      )
    }
  })

  test('each cap was said once when it was reached, and once when it was not any more', async () => {
    const alerts = await eventually(
      () =>
        quarter.stack.clickhouse.rows<{ states: readonly string[] }>(
          `SELECT allocation_id, period, groupArray(state) AS states
           FROM (SELECT * FROM alerts WHERE severity = 'hard_cap' ORDER BY version)
           GROUP BY id, allocation_id, period ORDER BY period, allocation_id`,
        ),
      (rows) => rows.every(({ states }) => states.at(-1) === 'resolved'),
    )
    const states = ['firing', 'resolved']
    expect(alerts).toEqual([
      { allocation_id: PAYMENTS, period: NOVEMBER, states },
      { allocation_id: SUPPORT, period: DECEMBER, states },
      { allocation_id: SUPPORT, period: DECEMBER, states },
      { allocation_id: RESEARCH, period: DECEMBER, states },
    ])
  })

  test('no service gave up on the way', () => {
    expect(quarter.stack.failures).toEqual([])
  })
})
