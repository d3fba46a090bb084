import { rollingForecast } from '@meterline/domain'

import { DAILY_PROFILES, dailySeries } from './daily-series.ts'

export interface ForecastQuality {
  readonly profile: string
  /** Mean absolute error over that of repeating the last week, on the same held-back days. */
  readonly overSeasonalNaive: number
  /** Mean absolute error over the mean absolute change from week to week in the history (Hyndman and Koehler, 2006). */
  readonly mase: number
  readonly inside80: number
  readonly inside95: number
}

const HISTORY_DAYS = 140
/** A forecast is made every nine days, so that it begins on every weekday. */
const ORIGIN_STEP = 9
const ORIGINS = 8

/** Each profile by forecasts of `held` days from eight origins in each series. */
export function forecastQuality(seeds: readonly number[], held: number): ForecastQuality[] {
  return DAILY_PROFILES.map((profile, row) => {
    const sums = { model: 0, naive: 0, scaled: 0, inside80: 0, inside95: 0, days: 0 }
    for (const seed of seeds) {
      const series = dailySeries(profile, seed * 100 + row, HISTORY_DAYS + ORIGINS * ORIGIN_STEP + held)
      for (let origin = 0; origin < ORIGINS; origin++) {
        const from = HISTORY_DAYS + origin * ORIGIN_STEP
        const history = series.slice(0, from)
        const forecast = rollingForecast(history, held) ?? []
        const weekly = weeklyChange(history)
        for (const [day, { expected, low80, high80, low95, high95 }] of forecast.entries()) {
          const actual = series[from + day] ?? 0
          const naive = history[from - 7 + (day % 7)] ?? 0
          sums.model += Math.abs(actual - expected)
          sums.scaled += Math.abs(actual - expected) / weekly
          sums.naive += Math.abs(actual - naive)
          if (actual >= low80 && actual <= high80) sums.inside80++
          if (actual >= low95 && actual <= high95) sums.inside95++
          sums.days++
        }
      }
    }
    return {
      profile: profile.name,
      overSeasonalNaive: sums.model / sums.naive,
      mase: sums.scaled / sums.days,
      inside80: sums.inside80 / sums.days,
      inside95: sums.inside95 / sums.days,
    }
  })
}

function weeklyChange(history: readonly number[]): number {
  let sum = 0
  for (let day = 7; day < history.length; day++)
    sum += Math.abs((history[day] ?? 0) - (history[day - 7] ?? 0))
  return sum / (history.length - 7)
}
