import type { DayTotals } from '../windows/day-totals.ts'

const DAYS_PER_WEEK = 7
/** Full weeks before the last one that say what a week is. */
const REFERENCE_WEEKS = 4
/** A deviation is never taken to be smaller than this share of the usual day. */
const RELATIVE_FLOOR = 0.05

/** The last seven full days against the four weeks before them, weekday by weekday. Micro-credits. */
export interface WeeklyRise {
  /** Spend of the last seven full days. */
  readonly weekMicro: number
  /** What the four weeks before had on average. */
  readonly usualMicro: number
  /** Rise over the usual, 0.3 is 30 % more; or without the day that rose most, where that is less: one wild day is no rise. */
  readonly rise: number
  /** The rise in deviations of such a sum, from how much each weekday differs from week to week. */
  readonly z: number
}

/** `undefined` with less than five weeks of history, or when the weeks before were empty. */
export function weeklyRise(days: DayTotals, today: number): WeeklyRise | undefined {
  const wanted = DAYS_PER_WEEK * (REFERENCE_WEEKS + 1)
  const history = days.history(today, wanted)
  if (history.length < wanted) return undefined
  let [weekMicro, usualMicro, squares] = [0, 0, 0]
  let most = { excess: -Infinity, usual: 0 }
  for (let weekday = 0; weekday < DAYS_PER_WEEK; weekday++) {
    const before = Array.from(
      { length: REFERENCE_WEEKS },
      (_, week) => history[week * DAYS_PER_WEEK + weekday] ?? 0,
    )
    const mean = before.reduce((sum, total) => sum + total, 0) / REFERENCE_WEEKS
    usualMicro += mean
    const total = history[REFERENCE_WEEKS * DAYS_PER_WEEK + weekday] ?? 0
    weekMicro += total
    if (total - mean > most.excess) most = { excess: total - mean, usual: mean }
    for (const each of before) squares += (each - mean) ** 2
  }
  if (usualMicro <= 0) return undefined
  const variance = squares / (DAYS_PER_WEEK * (REFERENCE_WEEKS - 1))
  const daily = Math.max(Math.sqrt(variance), (RELATIVE_FLOOR * usualMicro) / DAYS_PER_WEEK)
  // The sum of seven days against a mean of four such sums.
  const deviation = daily * Math.sqrt(DAYS_PER_WEEK * (1 + 1 / REFERENCE_WEEKS))
  const excess = weekMicro - usualMicro
  const others = usualMicro - most.usual
  const rise = Math.min(excess / usualMicro, others > 0 ? (excess - most.excess) / others : Infinity)
  return { weekMicro, usualMicro, rise, z: excess / deviation }
}
