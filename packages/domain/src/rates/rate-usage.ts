import type { Rating } from '../usage/metered-usage.ts'
import type { Rejection } from '../usage/rejection.ts'
import type { Labels, Units, UsageEvent } from '../usage/usage-event.ts'
import { creditsMicroOf, usdMicroOf } from './credits.ts'
import { applicableEntry, type CardEntry, type RateBook } from './rate-book.ts'
import { splitUnits } from './split-units.ts'

export const STANDARD_TIER = 'standard'

/** A million credits in one event. Nine thousand such events still add up to a safe integer, and meter's batches have fewer. */
export const MAX_EVENT_CREDITS_MICRO = 1_000_000_000_000

export type RatingResult =
  | { readonly kind: 'rating'; readonly rating: Rating }
  | { readonly kind: 'rejection'; readonly rejection: Rejection }

type RatedFields = 'provider' | 'model_name' | 'timestamp' | 'units' | 'usage_labels'

/** Rates an event with what the book says at the event's own time. What has no rate is marked, never taken as free. */
export function rateUsage(book: RateBook, event: Pick<UsageEvent, RatedFields>): RatingResult {
  const tier = tierOf(event.usage_labels)
  const candidates = book.candidates({ provider: event.provider, model: event.model_name, tier })
  const applicable = applicableEntry(candidates, event.timestamp, event.units['tokens_input'] ?? 0)
  return rateWith(applicable, event.units, tier)
}

export function tierOf(labels: Labels): string {
  return labels['service_tier'] ?? STANDARD_TIER
}

/** Rates units with one entry, or marks them unrated where there is none. */
export function rateWith(applicable: CardEntry | undefined, units: Units, tier: string): RatingResult {
  const split = splitUnits(units, applicable?.entry.rates ?? {})
  if (split.kind === 'contradiction') return rejected(split.error)

  const meters = Object.keys(split.units)
  const prices = applicable?.entry.rates ?? {}
  const rates: Record<string, number> = {}
  for (const meter of meters) {
    // Names of meters are the sender's own, `constructor` among them.
    const price = Object.hasOwn(prices, meter) ? prices[meter] : undefined
    if (price !== undefined) rates[meter] = price
  }
  const unrated = meters.filter((meter) => !Object.hasOwn(rates, meter) && (split.units[meter] ?? 0) > 0)

  const creditsMicro = creditsMicroOf(split.units, rates)
  const usdMicro =
    creditsMicro === undefined
      ? undefined
      : usdMicroOf(creditsMicro, applicable?.card.usd_micro_per_credit ?? 0)
  if (creditsMicro === undefined || usdMicro === undefined || creditsMicro > MAX_EVENT_CREDITS_MICRO) {
    return rejected(
      'units come to more than 1,000,000 credits, the most one event may take: send the call in parts',
    )
  }
  return {
    kind: 'rating',
    rating: {
      tier,
      metered_units: split.units,
      rates,
      rate_card_id: applicable?.card.id ?? '',
      rate_card_version: applicable?.card.version ?? 0,
      rating: applicable === undefined || unrated.length > 0 ? 'unrated' : 'rated',
      unrated_meters: unrated,
      credits_micro: creditsMicro,
      cost_usd_micro: usdMicro,
    },
  }
}

function rejected(error: string): RatingResult {
  return { kind: 'rejection', rejection: { reason: 'invalid_field', stage: 'rate', error } }
}
