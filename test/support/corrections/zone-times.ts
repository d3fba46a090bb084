const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Back from now, within which clocks have changed in every zone that changes them. */
const YEAR_DAYS = 366

/** `2026-11-21`, by the zone's own calendar. */
export function zoneDay(timestampMs: number, timeZone: string): string {
  let format = formats.get(timeZone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' })
    formats.set(timeZone, format)
  }
  return format.format(timestampMs)
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** The first instant of the day in the zone. */
export function dayStartMs(day: string, timeZone: string): number {
  const noonMs = Date.parse(`${day}T12:00:00Z`)
  let before = noonMs - 2 * DAY_MS
  let reached = noonMs + DAY_MS
  while (reached - before > 1) {
    const middle = Math.floor((before + reached) / 2)
    if (zoneDay(middle, timeZone) >= day) reached = middle
    else before = middle
  }
  return reached
}

export function monthStartMs(timestampMs: number, timeZone: string): number {
  return dayStartMs(`${zoneDay(timestampMs, timeZone).slice(0, 8)}01`, timeZone)
}

/** Start and end of the last day of 23 or 25 hours. */
export function lastClockChange(nowMs: number, timeZone: string): { startMs: number; endMs: number } {
  for (let back = 1; back <= YEAR_DAYS; back++) {
    const startMs = dayStartMs(zoneDay(nowMs - back * DAY_MS, timeZone), timeZone)
    const endMs = dayStartMs(zoneDay(startMs + 30 * HOUR_MS, timeZone), timeZone)
    if (endMs - startMs !== DAY_MS) return { startMs, endMs }
  }
  throw new Error(`${timeZone} has no day of another length in a year`)
}
