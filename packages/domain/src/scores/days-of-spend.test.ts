import { describe, expect, test } from 'vitest'

import { createCalendar } from '../windows/calendar.ts'
import { DayTotals } from '../windows/day-totals.ts'
import { monthPositionFactor } from './month-position.ts'
import { weeklyRise } from './weekly-rise.ts'

const CREDIT = 1_000_000
const calendar = createCalendar('UTC')
const dayOf = (date: string): number => calendar.day(Date.parse(`${date}T12:00:00Z`))

/** 100 credits on each of the days before `today`, or what `creditsOf` says. */
function days(today: number, count: number, creditsOf: (day: number) => number = () => 100): DayTotals {
  const totals = new DayTotals()
  totals.advance(today)
  for (let day = today - count; day < today; day++) totals.add(day, creditsOf(day) * CREDIT, 1)
  return totals
}

describe('the place of a day in its month', () => {
  const october31 = dayOf('2026-10-31')
  const november30 = dayOf('2026-11-30')
  const monthEnds = (day: number) => (day === october31 ? 250 : 100)

  test('says that a month end may hold what the last one did', () => {
    expect(monthPositionFactor(days(november30, 60, monthEnds), calendar, november30)).toBe(2.5)
  })

  test('says nothing on other days, of an ordinary month, or without a month to compare with', () => {
    expect(monthPositionFactor(days(november30 - 5, 60, monthEnds), calendar, november30 - 5)).toBe(1)
    expect(monthPositionFactor(days(november30, 60), calendar, november30)).toBe(1)
    expect(monthPositionFactor(days(november30, 20, monthEnds), calendar, november30)).toBe(1)
  })

  test('counts first days from the beginning, and never promises more than four times the usual', () => {
    const first = dayOf('2026-12-02')
    const like = dayOf('2026-11-02')
    expect(
      monthPositionFactor(
        days(first, 60, (day) => (day === like ? 9_000 : 100)),
        calendar,
        first,
      ),
    ).toBe(4)
  })
})

describe('the rise of a week', () => {
  const today = dayOf('2026-11-16')

  test('is that of the last seven days over the four weeks before, in deviations of a sum of days', () => {
    const rise = weeklyRise(
      days(today, 40, (day) => (day >= today - 7 ? 130 : 100)),
      today,
    )
    expect(rise).toMatchObject({ weekMicro: 910 * CREDIT, usualMicro: 700 * CREDIT })
    expect(rise?.rise).toBeCloseTo(0.3, 12)
    // No deviation at all, so 5 % of a day stand for it: 210 / (5 √(7 × 1.25)).
    expect(rise?.z).toBeCloseTo(210 / (5 * Math.sqrt(8.75)), 9)
  })

  test('is none of a single day', () => {
    const rise = weeklyRise(
      days(today, 40, (day) => (day === today - 3 ? 900 : 100)),
      today,
    )
    expect(rise?.rise).toBe(0)
  })

  test('is not known before five weeks are over', () => {
    expect(weeklyRise(days(today, 34), today)).toBeUndefined()
  })
})
