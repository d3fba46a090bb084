const ISO_WITH_ZONE =
  /^(\d{4})-(\d{2})-(\d{2})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/
const FEBRUARY_MAY_BE_SHORTER_THAN = 29

/** Milliseconds since the epoch, of ISO 8601 with a zone or of integer milliseconds; `undefined` for anything else. */
export function eventTimeMs(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined
  if (typeof value !== 'string') return undefined
  const parts = ISO_WITH_ZONE.exec(value)
  if (parts === null) return undefined
  const timeMs = Date.parse(value)
  if (Number.isNaN(timeMs)) return undefined
  return isCalendarDay(Number(parts[1]), Number(parts[2]), Number(parts[3])) ? timeMs : undefined
}

// `Date.parse` takes the 30th of February for the 2nd of March.
function isCalendarDay(year: number, month: number, day: number): boolean {
  if (day < FEBRUARY_MAY_BE_SHORTER_THAN) return true
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day
}
