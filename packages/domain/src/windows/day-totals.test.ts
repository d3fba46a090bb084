import { describe, expect, test } from 'vitest'

import { DayTotals } from './day-totals.ts'

const TODAY = 20_000

describe('history', () => {
  test('begins on the first day with usage; from then on a day without usage is 0', () => {
    const days = new DayTotals()
    days.add(TODAY - 10, 5, 1)
    days.add(TODAY - 8, 7, 1)
    days.add(TODAY, 100, 1)
    expect(days.history(TODAY, 30)).toEqual([5, 0, 7, 0, 0, 0, 0, 0, 0, 0])
  })

  test('is asked for no more than the days it is asked for', () => {
    const days = new DayTotals()
    days.add(TODAY - 40, 5, 1)
    days.advance(TODAY)
    expect(days.history(TODAY, 30)).toEqual(Array.from({ length: 30 }, () => 0))
  })

  test('a day with requests that cost nothing is a day with usage', () => {
    const days = new DayTotals()
    days.add(TODAY - 2, 0, 4)
    days.advance(TODAY)
    expect(days.history(TODAY, 30)).toEqual([0, 0])
  })

  test('does not reach further back than 61 days, and not into today', () => {
    const days = new DayTotals()
    days.add(TODAY - 62, 5, 1)
    days.add(TODAY, 5, 1)
    expect(days.historyStart(TODAY)).toBeUndefined()
    expect(days.history(TODAY, 30)).toEqual([])
  })
})

test('keeps the whole of the last month on the last day of two long ones', () => {
  const days = new DayTotals()
  const firstOfJuly = Date.UTC(2026, 6, 1) / 86_400_000
  const lastOfAugust = Date.UTC(2026, 7, 31) / 86_400_000
  days.add(firstOfJuly, 3, 1)
  days.add(lastOfAugust, 4, 1)
  expect(days.between(firstOfJuly, lastOfAugust + 1)).toBe(7)
})
