import type { SpendView } from '../organization/organization-view.ts'
import { DEFAULT_RATE_CARD } from './default-rate-card.ts'
import { RateBook } from './rate-book.ts'
import type { RateCard } from './rate-card.ts'

export function rateBookOf(view: SpendView): RateBook {
  return new RateBook(ratesInForce(view))
}

/** The organization's own cards, sorted by id, and the shipped one behind them. */
export function ratesInForce(view: SpendView): readonly RateCard[] {
  const own = [...view.entities.rate_card.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  return [...own, DEFAULT_RATE_CARD]
}
