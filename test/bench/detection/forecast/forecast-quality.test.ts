import { expect, test } from 'vitest'

import { forecastQuality } from './forecast-quality.ts'

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

test('four weeks ahead the forecast beats repeating the last week, on every kind of team', () => {
  const quality = forecastQuality([1, 2], 28)
  for (const { overSeasonalNaive } of quality) expect(overSeasonalNaive).toBeLessThan(1)
  expect(mean(quality.map(({ overSeasonalNaive }) => overSeasonalNaive))).toBeLessThan(0.9)
})

test('about 80 and 95 of a hundred actuals lie in the bands', () => {
  const quality = forecastQuality([1, 2], 28)
  const [inside80, inside95] = [
    mean(quality.map((each) => each.inside80)),
    mean(quality.map((each) => each.inside95)),
  ]
  expect(inside80).toBeGreaterThan(0.72)
  expect(inside80).toBeLessThan(0.88)
  expect(inside95).toBeGreaterThan(0.9)
})
