let startMs = 0
let endMs = 0
let month = 0

/** The month of ClickHouse's `toYYYYMM` in UTC: 202611. Neighbouring records share a month, so the last one is remembered. */
export function eventMonth(eventMs: number): number {
  if (eventMs >= startMs && eventMs < endMs) return month
  const date = new Date(eventMs)
  const year = date.getUTCFullYear()
  const index = date.getUTCMonth()
  startMs = Date.UTC(year, index, 1)
  endMs = Date.UTC(year, index + 1, 1)
  month = year * 100 + index + 1
  return month
}
