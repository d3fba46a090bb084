import { correctSpend } from '@meterline/domain'
import { beforeAll, describe, expect, test } from 'vitest'

import { december, november, october } from './quarter-days.test-data.ts'
import {
  ALLOCATIONS,
  M,
  PAYMENTS,
  plainBalances,
  plainLimits,
  PROMOTION,
  RESEARCH,
  SUPPORT,
} from './quarter-facts.test-data.ts'
import { QuarterWorld } from './quarter-world.test-data.ts'

/** By the books of the zone, looked up: when November, December and January begin there. */
describe.each([
  { zone: 'UTC', starts: ['2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z'] },
  { zone: 'Europe/Berlin', starts: ['2026-10-31T23:00:00Z', '2026-11-30T23:00:00Z', '2026-12-31T23:00:00Z'] },
  {
    zone: 'America/New_York',
    starts: ['2026-11-01T04:00:00Z', '2026-12-01T05:00:00Z', '2027-01-01T05:00:00Z'],
  },
] as const)('the sample policy through the last quarter of 2026, months in $zone', ({ zone, starts }) => {
  const world = new QuarterWorld(zone, '2026-10-01T12:00:00Z')
  const limits = new Map<string, number>()
  const { view } = world

  beforeAll(() => {
    october(world, starts[0])
    remember(world, limits, '2026-10')
    november(world, starts)
    remember(world, limits, '2026-11')
    december(world, starts)
    remember(world, limits, '2026-12')
  })

  test.each(ALLOCATIONS)('%s: what each month may spend is what plain arithmetic says', (id) => {
    const ofMonths = ['2026-10', '2026-11', '2026-12'].map((month) => limits.get(`${id}:${month}`))
    // January has begun.
    const january = view.entities.allocation_period.get(`${id}:2027-01`)?.limit_micro
    expect([...ofMonths, january]).toEqual(plainLimits(id))
  })

  test('every balance is the independently calculated one, and they sum to nothing', () => {
    const expected: Record<string, number> = { ...plainBalances() }
    // Spend so long ago that burn does not count it any more was posted by a person.
    expected[`spent:${PAYMENTS}`] = (expected[`spent:${PAYMENTS}`] ?? 0) + 7 * M
    expected[`allocation:${PAYMENTS}`] = (expected[`allocation:${PAYMENTS}`] ?? 0) - 7 * M
    world.command('user:fin', (head) =>
      correctSpend(
        view,
        {
          id: 'fix-1',
          allocation: PAYMENTS,
          period: '2026-10',
          credits_micro: 7 * M,
          reason: 'found in usage',
        },
        head,
      ),
    )
    expect(world.balances()).toEqual(expected)
    expect(Object.values(world.balances()).reduce((sum, micro) => sum + micro, 0)).toBe(0)
  })

  test('what the ledger says was spent is what burn says', () => {
    for (const id of ALLOCATIONS) {
      const scope = view.entities.allocation.get(id)?.scope ?? 'org:none'
      for (const month of ['2026-11', '2026-12'] as const) {
        expect(view.ledger.postedSpendMicro(id, month)).toBe(world.totals.get(scope)?.months.get(month))
      }
    }
  })

  test('late spend and corrections are adjustments in the month in which they came, linked to the draw-down', () => {
    expect(
      world
        .entries('adjustment')
        .map(({ period, links }) => [links['adjusts'], links['original_period'], period]),
    ).toEqual([
      [`draw_down:${PAYMENTS}:2026-10`, '2026-10', '2026-11'],
      [`draw_down:${PAYMENTS}:2026-10`, '2026-10', '2026-12'],
      [`draw_down:${SUPPORT}:2026-11`, '2026-11', '2026-12'],
    ])
  })

  test('the promotion was drawn last, by its priority, and what was left expired', () => {
    expect(
      world.entries('grant_expiry').map(({ links, postings }) => [links['grant'], postings[1]?.amount_micro]),
    ).toEqual([['promotion', PROMOTION]])
  })

  test('three months were rolled once each, and no decision stands without its head', () => {
    const rolled = world.entries('draw_down').map(({ period, at_ms }) => [period, at_ms])
    expect(rolled).toHaveLength(9)
    for (const [index, start] of starts.entries()) {
      const month = ['2026-10', '2026-11', '2026-12'][index]
      expect(rolled.filter(([period]) => period === month)).toEqual(
        Array.from({ length: 3 }, () => [month, Date.parse(start) + 60_000]),
      )
    }
    expect(
      world.log.every(({ actor, at_ms }) => actor !== '' && at_ms >= Date.parse('2026-10-01T12:00:00Z')),
    ).toBe(true)
  })

  test('the incident went its way, with a line for every step', () => {
    const [early, incident] = [...view.entities.incident.values()].filter(
      ({ period }) => period === '2026-11',
    )
    // Spent before the month was rolled: what it may spend then was more, and that cap was not reached.
    expect(early).toMatchObject({ allocation: PAYMENTS, state: 'resolved' })
    expect(early?.timeline.at(-1)?.at_ms).toBe(Date.parse(starts[0]) + 60_000)
    expect(incident).toMatchObject({ allocation: PAYMENTS, state: 'reviewed', request: 'top-up-1' })
    expect(incident?.timeline.map(({ by }) => by)).toEqual([
      'system:control',
      'user:eng',
      'user:pm',
      'user:fin',
      'user:eng',
      'user:eng',
    ])
    // December's were not answered: one cap was raised by a boost, and reached again when that ended; the month did the rest.
    const unanswered = [...view.entities.incident.values()].filter(({ period }) => period === '2026-12')
    expect(
      unanswered.map(({ allocation, state, timeline }) => [allocation, state, timeline.at(-1)?.at_ms]),
    ).toEqual([
      [SUPPORT, 'resolved', Date.parse('2026-12-05T12:00:00Z')],
      [RESEARCH, 'resolved', Date.parse(starts[2]) + 60_000],
      [SUPPORT, 'resolved', Date.parse(starts[2]) + 60_000],
    ])
  })
})

function remember(world: QuarterWorld, limits: Map<string, number>, month: string): void {
  for (const { id, limit_micro, period } of world.view.entities.allocation_period.values())
    if (period === month) limits.set(id, limit_micro)
}
