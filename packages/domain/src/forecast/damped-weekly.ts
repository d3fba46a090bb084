export const DAYS_PER_WEEK = 7
/** One day moves the model at most by so many mean absolute errors: a spike does not become the forecast. */
const WINSOR_ERRORS = 4

export interface Smoothing {
  readonly level: number
  readonly trend: number
  readonly season: number
  /** What a day's trend is worth a day later; below 1 the forecast flattens out. */
  readonly damping: number
}

/** Damped exponential smoothing with an additive weekly season (Gardner and McKenzie, 1985; Hyndman and Athanasopoulos §8.3). */
export class DampedWeekly {
  readonly #smoothing: Smoothing
  readonly #season: number[]
  #level: number
  #trend = 0
  #meanError: number
  #day = 0

  /** `start` is at least one whole week: it gives the first level and season, and is not learned from again. */
  constructor(smoothing: Smoothing, start: readonly number[]) {
    this.#smoothing = smoothing
    this.#level = mean(start)
    this.#season = Array.from(
      { length: DAYS_PER_WEEK },
      (_, weekday) => mean(start.filter((_value, day) => day % DAYS_PER_WEEK === weekday)) - this.#level,
    )
    this.#day = start.length
    this.#meanError = mean(start.map((value, day) => Math.abs(value - this.#level - this.#seasonOf(day))))
  }

  /** Expected value `ahead` ≥ 1 days after the last one learned. */
  forecast(ahead: number): number {
    const { damping } = this.#smoothing
    const grown = damping === 1 ? ahead : (damping * (1 - damping ** ahead)) / (1 - damping)
    return this.#level + grown * this.#trend + this.#seasonOf(this.#day + ahead - 1)
  }

  learn(value: number): void {
    const { level, trend, season, damping } = this.#smoothing
    const expected = this.#level + damping * this.#trend + this.#seasonOf(this.#day)
    const reach = this.#meanError === 0 ? Infinity : WINSOR_ERRORS * this.#meanError
    const error = Math.min(reach, Math.max(-reach, value - expected))
    const before = this.#level
    this.#level = before + damping * this.#trend + level * error
    this.#trend = trend * (this.#level - before) + (1 - trend) * damping * this.#trend
    this.#season[this.#day % DAYS_PER_WEEK] = this.#seasonOf(this.#day) + season * (1 - level) * error
    this.#meanError += ERROR_RATE * (Math.abs(error) - this.#meanError)
    this.#day++
  }

  #seasonOf(day: number): number {
    return this.#season[day % DAYS_PER_WEEK] ?? 0
  }
}

const ERROR_RATE = 1 / 28

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}
