import { HOUR_MS, MINUTE_MS, SECOND_MS } from './burn-windows.ts'

const QUARTER_HOUR_MS = 15 * MINUTE_MS

/** Older than the longest window that is kept by the second (15 m), with room for a burn that is behind. */
const KEPT_BY_THE_SECOND_MS = 20 * MINUTE_MS
/** Older than the longest window that is kept by the minute (24 h). */
const KEPT_BY_THE_MINUTE_MS = 25 * HOUR_MS

/**
 * Start of the pane that an event's spend is added up in. A late event is put no finer than any window still tells apart, so a
 * backfill of weeks costs burn thousands of panes, not millions. Quarter hours: the days and months of every time zone begin at one.
 *
 * @param receivedMs when the event came, by the log; the same in every replay
 */
export function deltaPaneStart(eventMs: number, receivedMs: number): number {
  const ageMs = receivedMs - eventMs
  if (ageMs < KEPT_BY_THE_SECOND_MS) return startOf(eventMs, SECOND_MS)
  if (ageMs < KEPT_BY_THE_MINUTE_MS) return startOf(eventMs, MINUTE_MS)
  return startOf(eventMs, QUARTER_HOUR_MS)
}

const startOf = (eventMs: number, paneMs: number): number => Math.floor(eventMs / paneMs) * paneMs
