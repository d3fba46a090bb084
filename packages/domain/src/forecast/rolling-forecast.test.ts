import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { rollingForecast } from './rolling-forecast.ts'

const CREDIT = 1_000_000
const WEEK = [100, 120, 110, 105, 90, 10, 5]
const weekly = (weeks: number, growth = 1): number[] =>
  Array.from({ length: weeks * 7 }, (_, day) => Math.round((WEEK[day % 7] ?? 0) * CREDIT * growth ** day))
const spend = fc.array(fc.integer({ min: 0, max: 1_000_000 * CREDIT }), { minLength: 28, maxLength: 90 })

describe('the rolling forecast', () => {
  test('of a week that always repeats is that week', () => {
    const forecast = rollingForecast(weekly(8), 21) ?? []
    for (const [day, { expected, low95, high95 }] of forecast.entries()) {
      const usual = (WEEK[day % 7] ?? 0) * CREDIT
      expect(Math.abs(expected - usual)).toBeLessThan(CREDIT / 100)
      expect(high95 - low95).toBeLessThan(CREDIT / 100)
    }
  })

  test('follows growth, and flattens out', () => {
    const history = weekly(20, 1.004)
    const forecast = rollingForecast(history, 90) ?? []
    const week = (from: number) =>
      forecast.slice(from, from + 7).reduce((sum, { expected }) => sum + expected, 0)
    const lastWeek = history.slice(-7).reduce((sum, day) => sum + day, 0)
    expect(week(0)).toBeGreaterThan(lastWeek)
    expect(week(7) / week(0)).toBeGreaterThan(1.01)
    expect(week(77) / week(70)).toBeLessThan(week(7) / week(0))
  })

  test('one wild day does not become the forecast', () => {
    const [calm, wild] = [weekly(10, 1.001), weekly(10, 1.001)]
    wild[60] = 50 * (wild[60] ?? 0)
    const total = (history: number[]) =>
      (rollingForecast(history, 28) ?? []).reduce((sum, { expected }) => sum + expected, 0)
    expect(total(wild) / total(calm)).toBeLessThan(1.2)
  })

  test('gives whole micro-credits, never below 0, in bands that hold each other', () => {
    fc.assert(
      fc.property(spend, (history) => {
        for (const { expected, low80, high80, low95, high95 } of rollingForecast(history, 30) ?? []) {
          const ascending = [0, low95, low80, expected, high80, high95]
          expect(ascending).toEqual(ascending.toSorted((a, b) => a - b))
          expect(ascending.every(Number.isInteger)).toBe(true)
        }
      }),
      { numRuns: 30 },
    )
  })

  test('does not hang on the unit', () => {
    fc.assert(
      fc.property(spend, (history) => {
        const once =
          rollingForecast(
            history.map((micro) => micro + CREDIT),
            14,
          ) ?? []
        const thousandfold =
          rollingForecast(
            history.map((micro) => 1_000 * (micro + CREDIT)),
            14,
          ) ?? []
        for (const [day, { expected }] of once.entries()) {
          expect(Math.abs((thousandfold[day]?.expected ?? 0) / 1_000 - expected)).toBeLessThanOrEqual(
            1 + 1e-6 * expected,
          )
        }
      }),
      { numRuns: 20 },
    )
  })

  test('needs four weeks, and reaches 90 days', () => {
    expect(rollingForecast(weekly(4).slice(1), 7)).toBeUndefined()
    expect(rollingForecast(weekly(4), 90)).toHaveLength(90)
    expect(() => rollingForecast(weekly(4), 91)).toThrow(RangeError)
    expect(
      rollingForecast(
        weekly(4).map(() => 0),
        7,
      )?.[6],
    ).toMatchObject({ expected: 0, high95: 0 })
  })
})
