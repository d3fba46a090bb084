import type { RateCard } from '@meterline/domain'

import { creditsOf, microOf } from './file-fields.ts'
import type { RateCardEntry } from './rate-card-schema.ts'

export function rateCardOf(entry: RateCardEntry): RateCard {
  return {
    id: entry.id,
    version: entry.version,
    usd_micro_per_credit: microOf(entry.usd_per_credit),
    entries: entry.entries.map(({ effective_from, credits_per_million, ...rest }) => ({
      ...rest,
      effective_from_ms: Date.parse(effective_from),
      rates: eachValue(credits_per_million, microOf),
    })),
  }
}

export function rateCardEntryOf(card: RateCard): RateCardEntry {
  return {
    id: card.id,
    version: card.version,
    usd_per_credit: creditsOf(card.usd_micro_per_credit),
    entries: card.entries.map(({ effective_from_ms, rates, models, ...rest }) => ({
      ...rest,
      models: [...models],
      effective_from: new Date(effective_from_ms).toISOString(),
      credits_per_million: eachValue(rates, creditsOf),
    })),
  }
}

function eachValue(
  values: Readonly<Record<string, number>>,
  change: (value: number) => number,
): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]))
}
