const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** No zone is further than 14 h from UTC; two hours more cover every change of clocks. */
const WIDEST_OFFSET_MS = 16 * HOUR_MS
/** About eleven years of days; the cache is emptied when it is full. */
const MAX_CACHED_DAYS = 4_096

/** A calendar day of the reporting time zone, as days since 1970-01-01; a month, as years × 12 + months. */
export interface Calendar {
  day(timestampMs: number): number
  /** First instant of the day: a day of 23 or 25 hours starts where its own midnight is. */
  dayStartMs(day: number): number
  month(day: number): number
  /** First day of the month. */
  monthStartDay(month: number): number
}

/** Throws RangeError for a name that is not an IANA time zone. Pure: asks the zone's rules, never the clock. */
export function createCalendar(timeZone: string): Calendar {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    era: 'short',
  })
  const starts = new Map<number, number>()
  let day = 0
  let dayFromMs = Infinity
  let dayToMs = -Infinity

  const localDay = (timestampMs: number): number => {
    let [year, month, date] = [0, 0, 0]
    for (const { type, value } of format.formatToParts(timestampMs)) {
      if (type === 'year') year = Number(value)
      if (type === 'month') month = Number(value)
      if (type === 'day') date = Number(value)
    }
    return Date.UTC(year, month - 1, date) / DAY_MS
  }

  const dayStartMs = (wanted: number): number => {
    const known = starts.get(wanted)
    if (known !== undefined) return known
    if (starts.size >= MAX_CACHED_DAYS) starts.clear()
    // The local date never goes back, so the first instant of a day can be bisected.
    let before = wanted * DAY_MS - WIDEST_OFFSET_MS
    let reached = wanted * DAY_MS + WIDEST_OFFSET_MS
    while (reached - before > 1) {
      const middle = Math.floor((before + reached) / 2)
      if (localDay(middle) >= wanted) reached = middle
      else before = middle
    }
    starts.set(wanted, reached)
    return reached
  }

  return {
    dayStartMs,
    day(timestampMs) {
      if (timestampMs >= dayFromMs && timestampMs < dayToMs) return day
      let candidate = Math.floor(timestampMs / DAY_MS)
      while (dayStartMs(candidate) > timestampMs) candidate--
      while (dayStartMs(candidate + 1) <= timestampMs) candidate++
      day = candidate
      dayFromMs = dayStartMs(candidate)
      dayToMs = dayStartMs(candidate + 1)
      return day
    },
    month: monthOf,
    monthStartDay: (month) => Date.UTC(Math.floor(month / 12), month % 12, 1) / DAY_MS,
  }
}

/** `2026-11-21`. */
export function dayName(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

/** `2026-11`. */
export function monthName(month: number): string {
  return `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}`
}

function monthOf(day: number): number {
  const date = new Date(day * DAY_MS)
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}
