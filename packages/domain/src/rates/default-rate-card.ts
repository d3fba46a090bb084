import card from './default-card.json' with { type: 'json' }
import type { RateCard } from './rate-card.ts'

/**
 * The shipped card: current models of OpenAI, Anthropic and Google as the price library knew them on the day in its id, in
 * credits of one US cent. `scripts/import-prices.ts` writes it. It holds list prices of the standard tier only.
 */
export const DEFAULT_RATE_CARD: RateCard = {
  ...card,
  entries: card.entries.map((entry) => ({ ...entry, rates: present(entry.rates) })),
}

// The type of the file has every meter on every entry, absent ones as undefined.
function present(rates: Readonly<Record<string, number | undefined>>): Record<string, number> {
  const known: Record<string, number> = {}
  for (const [meter, rate] of Object.entries(rates)) if (rate !== undefined) known[meter] = rate
  return known
}
