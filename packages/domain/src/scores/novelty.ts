/** Panes until a record counts half: about five days of 5-minute panes. Tried on labelled series; 1,000 to 3,000 do alike. */
const HALF_LIFE_PANES = 1_400
const DECAY = 0.5 ** (1 / HALF_LIFE_PANES)
/** The level of the last hour of 5-minute panes, which shows a small but lasting shift that no single pane does. */
const SMOOTHED_PANES = 12

export const NOVELTY_NUMBERS = 2 + SMOOTHED_PANES

/**
 * How new a pane is: its distance from the expected value over the largest distance seen before, a record fading by half in 1,400
 * panes; the larger of the pane's own and that of the mean of the last 12. Above 1 is a record. It needs no unit and no
 * distribution, and a spike that comes every night is new once.
 */
export class Novelty {
  #record: number
  #smoothedRecord: number
  readonly #recent: number[]

  constructor(snapshot: readonly number[] = []) {
    const [record, smoothedRecord, ...recent] = snapshot
    this.#record = record ?? 0
    this.#smoothedRecord = smoothedRecord ?? 0
    this.#recent = recent.filter((value) => !Number.isNaN(value))
  }

  observe(value: number, expected: number): number {
    this.#recent.push(value)
    if (this.#recent.length > SMOOTHED_PANES) this.#recent.shift()
    const distance = Math.abs(value - expected)
    const smoothed = Math.abs(mean(this.#recent) - expected)
    const novelty = Math.max(ratio(distance, this.#record), ratio(smoothed, this.#smoothedRecord))
    this.#record = Math.max(this.#record * DECAY, distance)
    this.#smoothedRecord = Math.max(this.#smoothedRecord * DECAY, smoothed)
    return novelty
  }

  /** NaN stands for recent panes that there are not yet. */
  snapshot(): number[] {
    const missing = Array.from({ length: SMOOTHED_PANES - this.#recent.length }, () => Number.NaN)
    return [this.#record, this.#smoothedRecord, ...this.#recent, ...missing]
  }
}

/** After perfect regularity any change is new without measure: JSON has no infinity. */
const MAX_NOVELTY = 1_000_000

function ratio(distance: number, record: number): number {
  if (distance === 0) return 0
  return record === 0 ? MAX_NOVELTY : Math.min(MAX_NOVELTY, distance / record)
}

function mean(values: readonly number[]): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}
