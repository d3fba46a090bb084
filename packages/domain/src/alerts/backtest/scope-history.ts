import type { AnomalyPolicy } from '../../scores/anomaly-policy.ts'
import { monthPositionFactor } from '../../scores/month-position.ts'
import type { SeasonalScore } from '../../scores/seasonal-detector.ts'
import { SilenceWatch } from '../../scores/silence-watch.ts'
import { createSpendDetector, SEASONAL_PANES } from '../../scores/spend-detector.ts'
import type { SeasonalPane } from '../../scores/spend-detector.ts'
import { BurnWindows, SECOND_MS } from '../../windows/burn-windows.ts'
import type { Calendar } from '../../windows/calendar.ts'
import { DayTotals } from '../../windows/day-totals.ts'
import { RequestRun } from '../rules/request-run.ts'
import type { HistoryPane } from './spend-history.ts'
import { HISTORY_PANE_MS } from './spend-history.ts'

/** What burn keeps of a scope, as far as rules look at it; moved on by panes of five minutes. */
export class ScopeHistory {
  readonly windows = new BurnWindows()
  readonly days = new DayTotals()
  readonly unrated = new RequestRun()
  readonly silence = new SilenceWatch()
  readonly #calendar: Calendar
  readonly #detectors
  #hourMicro = 0
  #factor = { day: NaN, factor: 1 }

  constructor(options: { readonly policy: AnomalyPolicy; readonly calendar: Calendar }) {
    this.#calendar = options.calendar
    this.#detectors = {
      '5m': createSpendDetector('5m', options),
      '1h': createSpendDetector('1h', options),
    }
  }

  /** The pane that begins at `startMs`, empty or not, is over. */
  close(startMs: number, pane: HistoryPane | undefined): void {
    const day = this.#calendar.day(startMs)
    const endMs = startMs + HISTORY_PANE_MS
    if (pane !== undefined) {
      this.days.add(day, pane.credits_micro, pane.requests)
      this.windows.add(startMs, pane.credits_micro, pane.requests)
      if (pane.unrated_requests > 0) this.unrated.add(pane.unrated_requests, day, endMs)
    }
    // The second before the end: the window of five minutes then holds just this pane.
    this.windows.advance(endMs - SECOND_MS)
    this.days.advance(day)
  }

  /** The seasonal scores of the panes that end with the one that begins at `startMs`. Call it once a pane, after `close`. */
  scores(startMs: number, valueMicro: number): readonly { pane: SeasonalPane; score: SeasonalScore }[] {
    const factor = this.monthFactor(startMs)
    this.#hourMicro += valueMicro
    const found = [
      {
        pane: '5m' as SeasonalPane,
        score: this.#detectors['5m'].observe({ timestampMs: startMs, value: valueMicro, factor }),
      },
    ]
    const endMs = startMs + HISTORY_PANE_MS
    if (endMs % SEASONAL_PANES['1h'] !== 0) return found
    const timestampMs = endMs - SEASONAL_PANES['1h']
    const score = this.#detectors['1h'].observe({ timestampMs, value: this.#hourMicro, factor })
    this.#hourMicro = 0
    return [...found, { pane: '1h', score }]
  }

  monthFactor(atMs: number): number {
    const day = this.#calendar.day(atMs)
    if (day !== this.#factor.day) {
      this.#factor = { day, factor: monthPositionFactor(this.days, this.#calendar, day) }
    }
    return this.#factor.factor
  }
}
