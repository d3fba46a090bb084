/** A take-over after a crash waits as long. With the time to commit it stays below the half minute after which a sink that says nothing is taken for hung. */
const MAX_MS = 12_000
/** Comes down once an insert took less than this share of it. */
const AMPLE = 0.25

/**
 * How long inserts of one partition may take until their block is complete. Where ClickHouse is short of a core that may be
 * longer than what is usual, each time again: with a time that stays the same every attempt could end as the one before, and
 * nothing would ever be stored. So what was too short is doubled, up to a bound, and comes down again when inserts are quick.
 */
export class InsertLease {
  readonly #leastMs: number
  #ms: number

  constructor(leastMs: number) {
    this.#leastMs = leastMs
    this.#ms = leastMs
  }

  get ms(): number {
    return this.#ms
  }

  /** An insert was not complete, or not answered, in time. */
  tooShort(): void {
    this.#ms = Math.max(this.#leastMs, Math.min(MAX_MS, this.#ms * 2))
  }

  sufficed(tookMs: number): void {
    if (tookMs < this.#ms * AMPLE) this.#ms = Math.max(this.#leastMs, this.#ms / 2)
  }
}
