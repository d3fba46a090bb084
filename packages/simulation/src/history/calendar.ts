export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** Full days that a daily z-score looks back on, and one more for the day that was cut. */
const BASELINE_DAYS = 31

export function dayStartMs(timeMs: number): number {
  return timeMs - (timeMs % DAY_MS)
}

export function monthStartMs(timeMs: number): number {
  const at = new Date(timeMs)
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth())
}

/** History reaches back over the whole month before, and at least over the baseline of the daily z-score. */
export function historyStartMs(untilMs: number): number {
  const previousMonth = monthStartMs(monthStartMs(untilMs) - 1)
  return Math.min(previousMonth, dayStartMs(untilMs) - BASELINE_DAYS * DAY_MS)
}
