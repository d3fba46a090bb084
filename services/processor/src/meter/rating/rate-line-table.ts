import { type OrganizationView, rateBookOf, type RateBook, type RateQuery } from '@meterline/domain'

import { MeterNames } from './meter-names.ts'
import { RateLine } from './rate-line.ts'

/** Makes the line of each model and tier once. */
export class RateLineTable {
  readonly #view: OrganizationView
  readonly #names = new MeterNames()
  readonly #lines = new Map<string, RateLine>()
  #book: RateBook | undefined

  constructor(view: OrganizationView) {
    this.#view = view
  }

  clear(): void {
    this.#lines.clear()
    this.#names.clear()
    this.#book = undefined
  }

  of(query: RateQuery): RateLine {
    const id = JSON.stringify([query.provider, query.model, query.tier])
    let line = this.#lines.get(id)
    if (line === undefined) {
      this.#book ??= rateBookOf(this.#view)
      line = new RateLine({ tier: query.tier, candidates: this.#book.candidates(query), names: this.#names })
      this.#lines.set(id, line)
    }
    return line
  }
}
