import type { PaneVisitor } from './pane-ring.ts'
import { PaneRing } from './pane-ring.ts'

/** Today and the 62 days before it: this month and the whole of the last one, whatever their lengths. */
export const DAY_RETENTION = 63
/** Days before today in which history may begin. */
export const HISTORY_LOOKBACK_DAYS = 61

/**
 * Spend of one scope per calendar day of the reporting time zone.
 *
 * History: a scope's history begins on the first day, of the 61 before today, for which there is any usage. From then on a day
 * without usage counts 0; before it there is nothing. The same can be said in SQL over `usage`: see `dailyZSql`.
 */
export class DayTotals {
  readonly #days = new PaneRing({ retentionPanes: DAY_RETENTION, windowPanes: [] })

  /** False when the day is no longer kept. */
  add(day: number, creditsMicro: number, requests: number): boolean {
    return this.#days.add(day, creditsMicro, requests)
  }

  /** Makes the day hold exactly this: for restoring. */
  set(day: number, creditsMicro: number, requests: number): void {
    this.#days.set(day, creditsMicro, requests)
  }

  /** As `PaneRing.weightWith`. */
  weightWith(day: number, creditsMicro: number): number {
    return this.#days.weightWith(day, creditsMicro)
  }

  requests(day: number): number {
    return this.#days.requestsAt(day)
  }

  has(day: number): boolean {
    return this.#days.has(day)
  }

  keeps(day: number): boolean {
    return this.#days.keeps(day)
  }

  advance(today: number, evicted?: PaneVisitor): void {
    this.#days.advance(today, evicted)
  }

  creditsMicro(day: number): number {
    return this.#days.valueAt(day)
  }

  /** Σ over `from ≤ day < to`. */
  between(from: number, to: number): number {
    return this.#days.sumBetween(from, to)
  }

  /** First day of history as seen from `today`; `undefined` when there is none. */
  historyStart(today: number): number | undefined {
    const first = this.#days.firstFrom(today - HISTORY_LOOKBACK_DAYS)
    return first !== undefined && first < today ? first : undefined
  }

  /** Totals of the last `days` full days before `today`, oldest first; fewer when history is younger. */
  history(today: number, days: number): number[] {
    const start = this.historyStart(today)
    if (start === undefined) return []
    const from = Math.max(start, today - days)
    const totals = Array.from({ length: today - from }, () => 0)
    this.#days.forEachBetween(from, today, (day, credits) => {
      totals[day - from] = credits
    })
    return totals
  }

  /** The days with usage, ascending. */
  indexes(): number[] {
    const days: number[] = []
    this.#days.forEachBetween(-Infinity, Infinity, (day) => days.push(day))
    return days
  }

  get isEmpty(): boolean {
    return this.#days.length === 0
  }

  get bytes(): number {
    return this.#days.bytes
  }
}
