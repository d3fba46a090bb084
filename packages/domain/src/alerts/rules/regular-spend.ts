import { HOUR_MS, type BurnWindows } from '../../windows/burn-windows.ts'

const DAY_MS = 86_400_000
/** The same hours on both of two days, or in both of two weeks, before: once is no rule. */
const LAGS_MS = [
  [DAY_MS, 2 * DAY_MS],
  [7 * DAY_MS, 14 * DAY_MS],
] as const

/** What the hours of the window regularly hold, in micro-credits, at the panes of whole hours that cover them. */
export function regularMicro(windows: BurnWindows, nowMs: number, spanMs: number): number {
  const at = (lagMs: number): number => {
    const from = Math.floor((nowMs - spanMs - lagMs) / HOUR_MS)
    return windows.hours.sumBetween(from, Math.floor((nowMs - lagMs) / HOUR_MS) + 1)
  }
  return Math.max(...LAGS_MS.map(([first, second]) => Math.min(at(first), at(second))))
}
