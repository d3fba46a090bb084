/** Full days before today that the daily score looks at. */
export const BASELINE_DAYS = 30
export const MIN_HISTORY_DAYS = 7

export interface DailyBaseline {
  readonly mean: number
  /** Sample standard deviation (n − 1). */
  readonly stddev: number
  readonly samples: number
}

export type DailyZ =
  | { readonly state: ''; readonly z: number }
  | { readonly state: 'too_little_history' | 'zero_deviation'; readonly z: null }

/** Mean and sample deviation of the full days before today, in two passes so that a large mean does not eat a small deviation. */
export function dailyBaseline(totals: readonly number[]): DailyBaseline {
  const samples = totals.length
  if (samples === 0) return { mean: 0, stddev: 0, samples }
  let sum = 0
  for (const total of totals) sum += total
  const mean = sum / samples
  let squares = 0
  for (const total of totals) squares += (total - mean) ** 2
  return { mean, stddev: samples < 2 ? 0 : Math.sqrt(squares / (samples - 1)), samples }
}

/** `(credits_today − mean) / stddev`; undefined, with the reason, for under 7 days or no deviation. */
export function dailyZ(todayMicro: number, { mean, stddev, samples }: DailyBaseline): DailyZ {
  if (samples < MIN_HISTORY_DAYS) return { state: 'too_little_history', z: null }
  if (stddev === 0) return { state: 'zero_deviation', z: null }
  return { state: '', z: (todayMicro - mean) / stddev }
}
