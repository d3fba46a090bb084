import { DEVIATION_TO_SIGMA, deviationScale } from './deviation-scale.ts'
import type { ScaleFloors } from './deviation-scale.ts'
import { FadingRecord } from './fading-record.ts'
import { BASELINE_CELLS, SeasonalBaseline } from './seasonal-baseline.ts'

/** Two hours of 5-minute panes: their mean shows a small but lasting shift that no single pane does. */
const SMOOTHED_PANES = 24
const OWN_NUMBERS = 2 + SMOOTHED_PANES
export const NOVELTY_NUMBERS = OWN_NUMBERS + BASELINE_CELLS

/**
 * How new a pane is: its distance from the expected value over the largest one seen before, both for the pane itself and for
 * the mean of the last 24 panes, which has a baseline of its own; the larger of the two. Above 1 is a record. It needs no unit
 * and no distribution, and a spike that comes every night is new once.
 */
export class Novelty {
  readonly #record: FadingRecord
  readonly #smoothedRecord: FadingRecord
  readonly #smoothed: SeasonalBaseline
  readonly #floors: ScaleFloors
  readonly #recent: Float64Array

  constructor(options: NoveltyOptions, snapshot: readonly number[] = []) {
    this.#record = new FadingRecord(snapshot[0])
    this.#smoothedRecord = new FadingRecord(snapshot[1])
    this.#recent = new Float64Array(SMOOTHED_PANES)
    this.#recent.set(snapshot.slice(2, OWN_NUMBERS))
    this.#smoothed = new SeasonalBaseline(options.panesPerHour, snapshot.slice(OWN_NUMBERS))
    this.#floors = options
  }

  /** `distance` is that of `value` from what was expected of it. The very first pane has nothing to be far from. */
  observe(hourOfWeek: number, value: number, distance: number): number {
    const expected = this.#smoothed.expect(hourOfWeek)
    const age = expected.samples
    this.#recent[age % SMOOTHED_PANES] = value
    const smoothed = this.#recentMean(Math.min(age + 1, SMOOTHED_PANES))
    const scale = deviationScale(expected, this.#floors)
    this.#smoothed.update(hourOfWeek, smoothed, scale / DEVIATION_TO_SIGMA)
    if (age === 0) return 0
    return Math.max(
      this.#record.ratioOf(Math.abs(distance), age),
      this.#smoothedRecord.ratioOf(Math.abs(smoothed - expected.level), age),
    )
  }

  snapshot(): number[] {
    return [this.#record.largest, this.#smoothedRecord.largest, ...this.#recent, ...this.#smoothed.cells]
  }

  #recentMean(count: number): number {
    let sum = 0
    for (let at = 0; at < count; at++) sum += this.#recent[at] ?? 0
    return sum / count
  }
}

export interface NoveltyOptions extends ScaleFloors {
  readonly panesPerHour: number
}
