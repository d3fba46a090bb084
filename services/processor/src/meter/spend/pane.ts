import { PaneSums } from './pane-sums.ts'

/**
 * Spend of a scope, or of a part of a path, in one second (or, late, in a longer pane: `deltaPaneStart`), as far as this batch
 * goes. It may show the sums of another pane: then it takes a copy before it adds to them.
 */
export class Pane<Of> {
  readonly of: Of
  readonly startMs: number
  sums: PaneSums
  #isLent: boolean

  constructor(of: Of, startMs: number, lent?: PaneSums) {
    this.of = of
    this.startMs = startMs
    this.sums = lent ?? new PaneSums()
    this.#isLent = lent !== undefined
  }

  merge(other: PaneSums): void {
    if (this.#isLent) {
      const lent = this.sums
      this.sums = new PaneSums()
      this.sums.merge(lent)
      this.#isLent = false
    }
    this.sums.merge(other)
  }
}
