import { describe, expect, test } from 'vitest'

import type { Allocation } from '../organization/organization.ts'
import { createCalendar } from '../windows/calendar.ts'
import { DayTotals } from '../windows/day-totals.ts'
import { checkTier } from './check-tier.ts'
import { DEFAULT_TIERS } from './default-tiers.ts'
import { periodBaseline, periodSpend } from './period-spend.ts'
import type { PeriodSpend } from './period-spend.ts'

const allocation = { monthly_credits_micro: 1_000_000_000 } as Allocation
const [info, warning, , monthOverMonth] = DEFAULT_TIERS as [
  (typeof DEFAULT_TIERS)[0],
  (typeof DEFAULT_TIERS)[0],
  unknown,
  (typeof DEFAULT_TIERS)[0],
]

const spend = (changes: Partial<PeriodSpend>): PeriodSpend => ({
  today: 20_778,
  month: 2026 * 12 + 10,
  dayMicro: 0,
  monthMicro: 0,
  dailyForecastMicro: null,
  lastMonthMicro: null,
  ...changes,
})

describe('a tier', () => {
  test.each([
    [699_999_999, 'between'],
    [700_000_000, 'crossed'],
    [665_000_000, 'between'],
    [664_999_999, 'below'],
  ])('at 70 %% of a thousand credits, %i micro-credits are %s', (monthMicro, standing) => {
    expect(checkTier(warning, allocation, spend({ monthMicro }))).toMatchObject({
      standing,
      period: '2026-11',
    })
  })

  test('with nothing to compare with neither fires nor resolves', () => {
    expect(checkTier(info, allocation, spend({ dayMicro: 1e12 })).standing).toBe('unknown')
    expect(
      checkTier(monthOverMonth, allocation, spend({ monthMicro: 1e12, lastMonthMicro: 0 })).standing,
    ).toBe('unknown')
  })

  test('stays quiet below its absolute size', () => {
    const small = spend({ dayMicro: 99_999_999, dailyForecastMicro: 1 })
    expect(checkTier(info, allocation, small).standing).toBe('between')
    expect(checkTier(info, allocation, { ...small, dayMicro: 100_000_000 }).standing).toBe('crossed')
  })

  test('month over month is the rise', () => {
    const risen = spend({ monthMicro: 6_000_000_000, lastMonthMicro: 5_000_000_000 })
    expect(checkTier(monthOverMonth, allocation, risen)).toMatchObject({ standing: 'crossed' })
    expect(checkTier(monthOverMonth, allocation, risen).observed).toBeCloseTo(0.2, 12)
  })

  test('an allocation of nothing is exceeded by anything', () => {
    const none = { monthly_credits_micro: 0 } as Allocation
    expect(checkTier(warning, none, spend({ monthMicro: 1 })).standing).toBe('crossed')
    expect(checkTier(warning, none, spend({ monthMicro: 0 })).standing).toBe('below')
  })
})

describe('the spend of a period', () => {
  const calendar = createCalendar('Europe/Berlin')
  const day = (date: string) => Date.parse(`${date}T00:00:00Z`) / 86_400_000
  const totals = (entries: Readonly<Record<string, number>>): DayTotals => {
    const days = new DayTotals()
    for (const [date, credits] of Object.entries(entries)) days.add(day(date), credits, 1)
    return days
  }
  const at = (days: DayTotals, time: string) => {
    const asOfMs = Date.parse(time)
    days.advance(calendar.day(asOfMs))
    const baseline = periodBaseline(days, calendar, asOfMs)
    return periodSpend(baseline, days.creditsMicro(baseline.today), asOfMs)
  }

  test('compares with the same span of last month, today by its share that has passed', () => {
    const days = totals({ '2026-10-01': 100, '2026-10-05': 40, '2026-11-02': 7 })
    // Noon of the 5th: four whole days of October and half of its 5th.
    expect(at(days, '2026-11-05T11:00:00Z')).toMatchObject({
      lastMonthMicro: 120,
      monthMicro: 7,
      dayMicro: 0,
    })
  })

  test('does not compare a scope that is younger than last month, nor the first three days', () => {
    expect(at(totals({ '2026-10-02': 100 }), '2026-11-05T11:00:00Z').lastMonthMicro).toBeNull()
    expect(at(totals({ '2026-10-01': 100 }), '2026-11-03T22:59:00Z').lastMonthMicro).toBeNull()
  })

  test('the 31st is held against the whole of a shorter month', () => {
    const days = totals({ '2026-09-01': 10, '2026-09-30': 5 })
    expect(at(days, '2026-10-31T12:00:00Z').lastMonthMicro).toBe(15)
  })

  test('forecasts the day as the mean of the last 14 days that are known', () => {
    expect(
      at(totals({ '2026-11-01': 30, '2026-11-02': 60 }), '2026-11-04T12:00:00Z').dailyForecastMicro,
    ).toBe(30)
    expect(at(totals({ '2026-11-02': 60 }), '2026-11-04T12:00:00Z').dailyForecastMicro).toBeNull()
    expect(
      at(totals({ '2026-10-01': 14, '2026-11-03': 28 }), '2026-11-04T12:00:00Z').dailyForecastMicro,
    ).toBe(2)
  })
})
