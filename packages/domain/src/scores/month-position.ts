import type { Calendar } from '../windows/calendar.ts'
import type { DayTotals } from '../windows/day-totals.ts'

/** Days before the end of a month, and from its beginning, on which a month may be unlike its other days. */
const BOUNDARY_DAYS = 3
/** Whatever the last month did, at most that many times the usual is expected. */
const MAX_FACTOR = 4
/** Less than that above the usual was chance. */
const MIN_FACTOR = 1.25
/** Weeks around the day whose same weekdays say what was usual for it. */
const WEEKS_AROUND = [-4, -3, -2, -1, 1, 2, 3, 4]
const DAYS_PER_WEEK = 7

/**
 * How many times the usual this day may hold because its like in the last month did: the last days of a month by their distance
 * from its end, the first ones from its beginning. 1 on all other days, and without a last month. Looks at full days before
 * today only.
 */
export function monthPositionFactor(days: DayTotals, calendar: Calendar, today: number): number {
  const like = likeInLastMonth(calendar, today)
  const historyStart = days.historyStart(today)
  if (like === undefined || historyStart === undefined || like < historyStart) return 1
  const around = WEEKS_AROUND.map((weeks) => like + weeks * DAYS_PER_WEEK).filter(
    (day) => day >= historyStart && day < today,
  )
  if (around.length === 0) return 1
  const usual = median(around.map((day) => days.creditsMicro(day)))
  if (usual <= 0) return 1
  const factor = days.creditsMicro(like) / usual
  return factor < MIN_FACTOR ? 1 : Math.min(MAX_FACTOR, factor)
}

function likeInLastMonth(calendar: Calendar, today: number): number | undefined {
  const month = calendar.month(today)
  const start = calendar.monthStartDay(month)
  const toEnd = calendar.monthStartDay(month + 1) - today
  if (toEnd <= BOUNDARY_DAYS) return start - toEnd
  const fromStart = today - start
  return fromStart < BOUNDARY_DAYS ? calendar.monthStartDay(month - 1) + fromStart : undefined
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}
