import { daysToExhaustion } from './exhaustion.ts'
import type { ForecastDay } from './rolling-forecast.ts'

type ScenarioName = 'baseline' | 'expected' | 'surge'

export interface Scenario {
  readonly name: ScenarioName
  readonly totalMicro: number
  /** Of a hundred days like these, how many are meant to stay at or below this scenario's. */
  readonly confidence: number
  /** See `daysToExhaustion`. */
  readonly exhaustedInDays: number | null
}

/**
 * Baseline: nothing changes. Expected: with the releases' `extraDailyMicro` (one per day, may be negative; missing days are 0).
 * Surge: expected, with every day at the upper end of its 80 % band: a pessimist's sum, since bad days seldom come all at once.
 */
export function forecastScenarios(
  days: readonly ForecastDay[],
  input: { readonly remainingMicro: number; readonly extraDailyMicro?: readonly number[] },
): Scenario[] {
  const extra = input.extraDailyMicro ?? []
  const paths: readonly [ScenarioName, number, number[]][] = [
    ['baseline', 0.5, days.map(({ expected }) => expected)],
    ['expected', 0.5, days.map(({ expected }, day) => Math.max(0, expected + (extra[day] ?? 0)))],
    ['surge', 0.9, days.map(({ high80 }, day) => Math.max(0, high80 + (extra[day] ?? 0)))],
  ]
  return paths.map(([name, confidence, daily]) => ({
    name,
    confidence,
    totalMicro: daily.reduce((sum, day) => sum + day, 0),
    exhaustedInDays: daysToExhaustion(input.remainingMicro, daily),
  }))
}
