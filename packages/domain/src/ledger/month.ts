import type { Calendar } from '../windows/calendar.ts'
import { monthName } from '../windows/calendar.ts'

/** A calendar month of the reporting time zone, `2026-11`. */
export type Month = `${number}-${number}`

export function monthAt(calendar: Calendar, atMs: number): Month {
  return monthName(calendar.month(calendar.day(atMs))) as Month
}

/** First instant of the month; an hour earlier or later than a day's multiple where the clocks changed. */
export function monthStartMs(calendar: Calendar, month: Month): number {
  return calendar.dayStartMs(calendar.monthStartDay(monthNumber(month)))
}

export function nextMonth(month: Month): Month {
  return monthName(monthNumber(month) + 1) as Month
}

export function previousMonth(month: Month): Month {
  return monthName(monthNumber(month) - 1) as Month
}

/** Years × 12 + months, as the calendar counts them. */
export function monthNumber(month: Month): number {
  const [year = 0, ofYear = 1] = month.split('-').map(Number)
  return year * 12 + ofYear - 1
}
