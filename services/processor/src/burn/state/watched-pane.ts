import type { Observation, ScopeId, SeasonalDetector, SeasonalScore } from '@meterline/domain'

/** An hour of the week, and the place in the changelog where what its panes changed stands. */
export interface WrittenHour {
  readonly slot: number
  readonly hourOfWeek: number
}

/** What was observed in so many hours stands in the changelog hour by hour; then the whole detector is written. */
export const HOURS_PER_WHOLE = 24

/**
 * The detector of one scope for panes of one length, and what of it the changelog lacks.
 *
 * A pane changes the cells of its hour alone, so these are written with each pane, as they stand then: each hour that is observed takes the next
 * slot, and a slot is a key. Before a slot would be used again, the whole detector is written. So what compaction keeps, the
 * newest record of each key, read in the order of the log, is the newest whole and after it every hour since: the detector.
 */
export class WatchedPane {
  detector: SeasonalDetector
  #slot: number
  #hourOfWeek = -1
  #hours: WrittenHour[] = []
  #isWholeDue = false

  /** The first round of slots is shorter for some: so the wholes of many scopes do not fall on the same hour. */
  constructor(scope: ScopeId, detector: SeasonalDetector) {
    this.detector = detector
    this.#slot = (hashOf(scope) % HOURS_PER_WHOLE) - 1
  }

  observe(observation: Observation): SeasonalScore {
    const score = this.detector.observe(observation)
    this.#note(score.hourOfWeek)
    return score
  }

  /** The detector was restored up to the record of this hour. */
  goOnFrom({ slot, hourOfWeek }: WrittenHour): void {
    this.#slot = slot
    this.#hourOfWeek = hourOfWeek
  }

  /** Where the next pane of the same hour is written; `undefined` before the first. */
  get newest(): WrittenHour | undefined {
    return this.#hourOfWeek < 0 ? undefined : { slot: this.#slot, hourOfWeek: this.#hourOfWeek }
  }

  /** What is to be written since the last call: the whole detector first, then these hours, in this order. */
  takeDue(): { readonly isWhole: boolean; readonly hours: readonly WrittenHour[] } {
    const due = { isWhole: this.#isWholeDue, hours: this.#hours }
    this.#hours = []
    this.#isWholeDue = false
    return due
  }

  #note(hourOfWeek: number): void {
    if (hourOfWeek !== this.#hourOfWeek) {
      this.#hourOfWeek = hourOfWeek
      this.#slot += 1
      if (this.#slot === HOURS_PER_WHOLE) {
        this.#slot = 0
        // It stands for all hours before it, also for those that were not written yet.
        this.#hours = []
        this.#isWholeDue = true
      }
    }
    if (this.#hours.at(-1)?.slot !== this.#slot) this.#hours.push({ slot: this.#slot, hourOfWeek })
  }
}

function hashOf(text: string): number {
  let hash = 0
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0
  return hash >>> 0
}
