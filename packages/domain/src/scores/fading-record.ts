/** A record fades by half in as many panes, one and a half times its age while that is less: a week of 5-minute panes. */
const HALF_LIFE_PANES = 2_016
const HALF_LIFE_PER_AGE = 1.5
/** One distance raises the record at most fourfold, so that a single outlier does not hide what comes after it. */
const MAX_RISE = 4
/** After perfect regularity any change is new without measure: JSON has no infinity. */
const MAX_RATIO = 1_000_000

/**
 * The largest distance so far, fading. Distances from a baseline that is still being learned are large for that reason alone,
 * so a young record fades fast: after `n` panes it is not much older in its memory than `n` panes.
 */
export class FadingRecord {
  #largest: number

  constructor(largest = 0) {
    this.#largest = largest
  }

  get largest(): number {
    return this.#largest
  }

  /** `distance` over the record before it, which it then joins; above 1 it is a new record. `agePanes` ≥ 1. */
  ratioOf(distance: number, agePanes: number): number {
    const before = this.#largest
    const halfLife = Math.min(HALF_LIFE_PANES, HALF_LIFE_PER_AGE * agePanes)
    const risen = before === 0 ? distance : Math.min(distance, MAX_RISE * before)
    this.#largest = Math.max(before * 0.5 ** (1 / halfLife), risen)
    if (distance === 0) return 0
    return before === 0 ? MAX_RATIO : Math.min(MAX_RATIO, distance / before)
  }
}
