/** Full days whose average is the daily burn. */
const BURN_DAYS = 14
/** With fewer there is no forecast. */
const MIN_BURN_DAYS = 3

/** What a release is expected to change, in micro-credits a day: negative where it saves. */
export interface ReleaseAdjustment {
  readonly extraDailyMicro: number
  /** Days of the rest of the month in which it is live. */
  readonly liveDays: number
}

export interface MonthForecast {
  readonly totalMicro: number
  readonly dailyBurnMicro: number
  readonly adjustmentMicro: number
}

/**
 * Month-to-date + average daily burn of the last 14 full days × remaining days ± release adjustments, in micro-credits; never
 * under what is already spent. `recentDaysMicro` are full days in time order, oldest first; `remainingDays` may be a fraction.
 * Undefined with fewer than three full days.
 */
export function forecastMonth(input: {
  readonly monthToDateMicro: number
  readonly recentDaysMicro: readonly number[]
  readonly remainingDays: number
  readonly releases?: readonly ReleaseAdjustment[]
}): MonthForecast | undefined {
  const days = input.recentDaysMicro.slice(-BURN_DAYS)
  if (days.length < MIN_BURN_DAYS) return undefined
  const burn = days.reduce((sum, day) => sum + day, 0) / days.length
  const adjustment = (input.releases ?? []).reduce(
    (sum, { extraDailyMicro, liveDays }) => sum + extraDailyMicro * Math.min(liveDays, input.remainingDays),
    0,
  )
  return {
    totalMicro: input.monthToDateMicro + Math.max(0, Math.round(burn * input.remainingDays + adjustment)),
    dailyBurnMicro: Math.round(burn),
    adjustmentMicro: Math.round(adjustment),
  }
}
