import type { CardEntry, OrganizationView, Units } from '@meterline/domain'
import {
  applicableEntry,
  DEFAULT_RATE_CARD,
  rateBookOf,
  rateWith,
  STANDARD_TIER,
  type RateBook,
} from '@meterline/domain'

import { ApiError } from '../http/api-error.ts'
import { AUTHORIZE } from './bounds.ts'

export interface EstimateQuery {
  readonly model: string
  /** Left out: the dearest of those that have the model. */
  readonly provider: string | undefined
  readonly serviceTier: string | undefined
}

/** Micro-credits that units come to now, by the very rates that meter uses. */
export type Estimate = (query: EstimateQuery, units: Units, atMs: number) => number

/** Throws `ApiError` 422 for what has no rate: without one nobody can say what it takes. */
export function createEstimate(view: OrganizationView): Estimate {
  let keptOffset = -2
  let book: RateBook
  let providers: readonly string[]
  const kept = new Map<string, readonly CardEntry[]>()

  function candidates(provider: string, model: string, tier: string): readonly CardEntry[] {
    const name = JSON.stringify([provider, model, tier])
    let found = kept.get(name)
    if (found === undefined) {
      if (kept.size >= AUTHORIZE.maxKept) kept.clear()
      kept.set(name, (found = book.candidates({ provider, model, tier })))
    }
    return found
  }

  return ({ model, provider, serviceTier = STANDARD_TIER }, units, atMs) => {
    if (keptOffset !== view.offset) {
      keptOffset = view.offset
      book = rateBookOf(view)
      providers = providersOf(view)
      kept.clear()
    }
    let dearest: number | undefined
    for (const name of provider === undefined ? providers : [provider]) {
      const entry = applicableEntry(candidates(name, model, serviceTier), atMs, units['tokens_input'] ?? 0)
      if (entry === undefined) continue
      dearest = Math.max(dearest ?? 0, ratedMicro(entry, units, serviceTier))
    }
    if (dearest !== undefined) return dearest
    throw new ApiError(422, 'unrated_model', `${model} has no rate (tier ${serviceTier})`, {
      field: 'model',
      hint: 'send credits instead of estimated_units, or have a rate set for it',
    })
  }
}

function ratedMicro(entry: CardEntry, units: Units, tier: string): number {
  const result = rateWith(entry, units, tier)
  if (result.kind === 'rejection') {
    throw new ApiError(422, 'invalid_field', `estimated_units: ${result.rejection.error}`, {
      field: 'estimated_units',
    })
  }
  const { unrated_meters, credits_micro } = result.rating
  if (unrated_meters.length > 0) {
    throw new ApiError(422, 'unrated_meter', `${unrated_meters.join(', ')} of this model has no rate`, {
      field: 'estimated_units',
      hint: 'leave it out, or send credits',
    })
  }
  return credits_micro
}

function providersOf(view: OrganizationView): string[] {
  const cards = [...view.entities.rate_card.values(), DEFAULT_RATE_CARD]
  return [...new Set(cards.flatMap(({ entries }) => entries.map(({ provider }) => provider)))]
}
