import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { daysToExhaustion } from './exhaustion.ts'
import { forecastMonth } from './month-forecast.ts'
import { forecastScenarios } from './scenarios.ts'
import { stressTest } from './stress-test.ts'

const days = fc.array(fc.integer({ min: 0, max: 1e9 }), { minLength: 1, maxLength: 60 })
const amount = fc.integer({ min: 0, max: 1e11 })

describe('the forecast of the month', () => {
  test('is month-to-date, and the average of 14 days for each day left, and the releases', () => {
    const recentDaysMicro = [9_999, ...Array.from({ length: 14 }, (_, day) => (day < 7 ? 100 : 200))]
    const releases = [
      { extraDailyMicro: -20, liveDays: 5 },
      { extraDailyMicro: 50, liveDays: 99 },
    ]
    expect(forecastMonth({ monthToDateMicro: 1_000, recentDaysMicro, remainingDays: 10, releases })).toEqual({
      totalMicro: 1_000 + 1_500 - 100 + 500,
      dailyBurnMicro: 150,
      adjustmentMicro: 400,
    })
  })

  test('is none under three days, and never below what is spent', () => {
    const base = { monthToDateMicro: 70, remainingDays: 10 }
    expect(forecastMonth({ ...base, recentDaysMicro: [1, 2] })).toBeUndefined()
    const releases = [{ extraDailyMicro: -1_000, liveDays: 10 }]
    expect(forecastMonth({ ...base, recentDaysMicro: [1, 2, 3], releases })?.totalMicro).toBe(70)
  })
})

describe('the time to exhaustion', () => {
  test('falls within the day that takes the last of it', () => {
    expect(daysToExhaustion(250, [100, 100, 100])).toBe(2.5)
    expect(daysToExhaustion(300, [100, 100, 100])).toBe(3)
    expect(daysToExhaustion(301, [100, 100, 100])).toBeNull()
    expect(daysToExhaustion(0, [])).toBe(0)
  })

  test('is when what was spent by then equals what there was', () => {
    fc.assert(
      fc.property(amount, days, (remaining, daily) => {
        const end = daysToExhaustion(remaining, daily)
        const total = daily.reduce((sum, day) => sum + day, 0)
        if (end === null) return total < remaining
        const whole = Math.floor(end)
        const spent =
          daily.slice(0, whole).reduce((sum, day) => sum + day, 0) + (end - whole) * (daily[whole] ?? 0)
        return Math.abs(spent - remaining) <= 1e-6 * (1 + remaining)
      }),
    )
  })
})

describe('scenarios and stress', () => {
  test('expected adds the releases, surge stands above it', () => {
    const day = { expected: 100, low80: 80, high80: 130, low95: 60, high95: 150 }
    const found = forecastScenarios([day, day, day], { remainingMicro: 260, extraDailyMicro: [0, 10] })
    expect(found).toEqual([
      { name: 'baseline', confidence: 0.5, totalMicro: 300, exhaustedInDays: 2.6 },
      { name: 'expected', confidence: 0.5, totalMicro: 310, exhaustedInDays: 2.5 },
      { name: 'surge', confidence: 0.9, totalMicro: 400, exhaustedInDays: 1 + 130 / 140 },
    ])
  })

  test('five times the spend for 48 hours takes four more days of it, and the limits sooner', () => {
    const limits = [
      { name: 'soft', limitMicro: 1_300 },
      { name: 'hard', limitMicro: 9_999 },
    ]
    expect(stressTest({ spentMicro: 1_000, dailyMicro: [100, 100, 100, 100], factor: 5, limits })).toEqual({
      factor: 5,
      totalMicro: 2_200,
      extraMicro: 800,
      limits: [
        { name: 'soft', usuallyInDays: 3, stressedInDays: 0.6 },
        { name: 'hard', usuallyInDays: null, stressedInDays: null },
      ],
    })
  })

  test('stress never makes a limit last longer', () => {
    fc.assert(
      fc.property(amount, days, fc.constantFrom(1, 2, 5), (limitMicro, dailyMicro, factor) => {
        const limits = [{ name: 'cap', limitMicro }]
        const [cap] = stressTest({ spentMicro: 0, dailyMicro, factor, limits }).limits
        return (cap?.stressedInDays ?? Infinity) <= (cap?.usuallyInDays ?? Infinity)
      }),
    )
  })
})
