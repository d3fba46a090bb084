import type { Smoothing } from './damped-weekly.ts'
import { DampedWeekly, DAYS_PER_WEEK } from './damped-weekly.ts'
import { errorBands } from './error-bands.ts'
import type { PastError } from './error-bands.ts'

const MAX_FORECAST_DAYS = 90
/** Two weeks give the first season; as many again are forecast, to learn from the errors. */
const START_DAYS = 2 * DAYS_PER_WEEK
const MIN_FORECAST_HISTORY_DAYS = 2 * START_DAYS

/** Micro-credits of one day to come: of the actuals, 80 and 95 of a hundred are meant to lie in the bands. */
export interface ForecastDay {
  readonly expected: number
  readonly low80: number
  readonly high80: number
  readonly low95: number
  readonly high95: number
}

/**
 * The next `days` (≤ 90) by damped exponential smoothing with weekly season; bands are the errors that the same model made at
 * the same distance on this very history. `history` is micro-credits of full days, oldest first, days without spend as 0.
 * Undefined with fewer than 28 days.
 */
export function rollingForecast(history: readonly number[], days: number): ForecastDay[] | undefined {
  if (days > MAX_FORECAST_DAYS)
    throw new RangeError(`${days} days: at most ${MAX_FORECAST_DAYS} can be forecast`)
  if (history.length < MIN_FORECAST_HISTORY_DAYS) return undefined
  const offset = offsetOf(history)
  const logs = history.map((micro) => Math.log(micro + offset))
  const { model, errors } = replay(logs, bestSmoothing(logs), days)
  const micro = (log: number): number => Math.max(0, Math.round(Math.exp(log) - offset))
  return errorBands(errors, days).map((band, index) => {
    const expected = model.forecast(index + 1)
    return {
      expected: micro(expected),
      low80: micro(expected + band.low80),
      high80: micro(expected + band.high80),
      low95: micro(expected + band.low95),
      high95: micro(expected + band.high95),
    }
  })
}

/**
 * Spend grows and varies in proportion, so its logarithm is forecast. A hundredth of the mean day is added first: a day without
 * spend has a logarithm then, and quiet weekends still grow by the same share as busy days.
 */
function offsetOf(history: readonly number[]): number {
  const mean = history.reduce((sum, micro) => sum + micro, 0) / history.length
  return Math.max(1, OFFSET_SHARE * mean)
}

const OFFSET_SHARE = 0.01

/** Few, far apart: a finer grid fits the noise. */
const CANDIDATES: readonly Smoothing[] = [0.05, 0.15, 0.4].flatMap((level) =>
  [0.02, 0.1].flatMap((trend) =>
    [0.05, 0.2].flatMap((season) => [0.85, 0.98].map((damping) => ({ level, trend, season, damping }))),
  ),
)
/** A model is chosen by its errors a day, a week and two weeks ahead. */
const JUDGED_AHEAD = [1, 7, 14] as const

function bestSmoothing(history: readonly number[]): Smoothing {
  let best: { readonly smoothing: Smoothing; readonly loss: number } | undefined
  for (const smoothing of CANDIDATES) {
    const loss = lossOf(history, smoothing)
    if (best === undefined || loss < best.loss) best = { smoothing, loss }
  }
  if (best === undefined) throw new Error('there are no candidates')
  return best.smoothing
}

function lossOf(history: readonly number[], smoothing: Smoothing): number {
  const model = new DampedWeekly(smoothing, history.slice(0, START_DAYS))
  let loss = 0
  for (let day = START_DAYS; day < history.length; day++) {
    for (const ahead of JUDGED_AHEAD) {
      const actual = history[day + ahead - 1]
      if (actual !== undefined) loss += Math.abs(actual - model.forecast(ahead))
    }
    model.learn(history[day] ?? 0)
  }
  return loss
}

/** The model after the whole history, and the errors it made on the way, at every distance. */
function replay(history: readonly number[], smoothing: Smoothing, days: number) {
  const model = new DampedWeekly(smoothing, history.slice(0, START_DAYS))
  const errors: PastError[] = []
  for (let day = START_DAYS; day < history.length; day++) {
    for (let ahead = 1; ahead <= days && day + ahead <= history.length; ahead++) {
      errors.push({ ahead, error: (history[day + ahead - 1] ?? 0) - model.forecast(ahead) })
    }
    model.learn(history[day] ?? 0)
  }
  return { model, errors }
}
