import type { Calendar } from '../windows/calendar.ts'
import type { DayTotals } from '../windows/day-totals.ts'

/** Days of the moving average behind the daily forecast. */
const FORECAST_DAYS = 14
/** With fewer full days of history there is no forecast, and what needs one stays quiet. */
const MIN_FORECAST_DAYS = 3
/** A month is compared with the last one from its fourth day on: before that one busy morning is a spike. */
const MIN_MONTH_OVER_MONTH_DAYS = 3

/** What the budgets of a scope are held against, in micro-credits, as of `asOfMs`. */
export interface PeriodSpend {
  readonly today: number
  readonly month: number
  readonly dayMicro: number
  readonly monthMicro: number
  /** Average daily burn of the last 14 full days; `null` without enough history. */
  readonly dailyForecastMicro: number | null
  /** The same span of last month; `null` when history does not reach back to its first day, or the month is too young. */
  readonly lastMonthMicro: number | null
}

/** The part of `PeriodSpend` that only changes at midnight or with a late pane: kept by the caller, per scope. */
export interface PeriodBaseline {
  readonly today: number
  readonly month: number
  readonly monthStartDay: number
  readonly dayStartMs: number
  readonly dayLengthMs: number
  readonly monthBeforeTodayMicro: number
  readonly dailyForecastMicro: number | null
  readonly lastMonthBeforeMicro: number | null
  readonly lastMonthSameDayMicro: number
}

export function periodBaseline(days: DayTotals, calendar: Calendar, asOfMs: number): PeriodBaseline {
  const today = calendar.day(asOfMs)
  const month = calendar.month(today)
  const monthStartDay = calendar.monthStartDay(month)
  const dayStartMs = calendar.dayStartMs(today)
  const lastMonthStartDay = calendar.monthStartDay(month - 1)
  const elapsedDays = today - monthStartDay
  // The 31st has no like in a shorter month: then the whole of that month is the span.
  const sameDay = Math.min(lastMonthStartDay + elapsedDays, monthStartDay)
  const start = days.historyStart(today)
  const comparable =
    elapsedDays >= MIN_MONTH_OVER_MONTH_DAYS && start !== undefined && start <= lastMonthStartDay
  const recent = days.history(today, FORECAST_DAYS)
  return {
    today,
    month,
    monthStartDay,
    dayStartMs,
    dayLengthMs: calendar.dayStartMs(today + 1) - dayStartMs,
    monthBeforeTodayMicro: days.between(monthStartDay, today),
    dailyForecastMicro: recent.length < MIN_FORECAST_DAYS ? null : mean(recent),
    lastMonthBeforeMicro: comparable ? days.between(lastMonthStartDay, sameDay) : null,
    lastMonthSameDayMicro: sameDay < monthStartDay ? days.creditsMicro(sameDay) : 0,
  }
}

/** The day of last month that is like today counts by the share of today that has passed. */
export function periodSpend(baseline: PeriodBaseline, dayMicro: number, asOfMs: number): PeriodSpend {
  const { today, month, lastMonthBeforeMicro, lastMonthSameDayMicro } = baseline
  const share = Math.min(1, (asOfMs - baseline.dayStartMs) / baseline.dayLengthMs)
  return {
    today,
    month,
    dayMicro,
    monthMicro: baseline.monthBeforeTodayMicro + dayMicro,
    dailyForecastMicro: baseline.dailyForecastMicro,
    lastMonthMicro:
      lastMonthBeforeMicro === null ? null : lastMonthBeforeMicro + Math.round(lastMonthSameDayMicro * share),
  }
}

function mean(totals: readonly number[]): number {
  return Math.round(totals.reduce((sum, total) => sum + total, 0) / totals.length)
}
