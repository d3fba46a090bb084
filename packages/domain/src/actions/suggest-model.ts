import type { RateBook } from '../rates/rate-book.ts'
import { applicableEntry } from '../rates/rate-book.ts'
import { creditsMicroOf } from '../rates/credits.ts'
import { cheaperRelatives } from './model-families.ts'

/** What was called of a model over a span, as it was metered. */
export interface ModelUse {
  readonly provider: string
  readonly model: string
  readonly tier: string
  readonly requests: number
  readonly credits_micro: number
  /** Whole or fractional units by meter, as rated. */
  readonly metered_units: Readonly<Record<string, number>>
}

export interface ModelSuggestion {
  readonly provider: string
  readonly from_model: string
  readonly to_model: string
  readonly requests: number
  readonly credits_micro: number
  /** The same units at the other model's rates. */
  readonly would_be_micro: number
  readonly saving_micro: number
}

/**
 * For each model in use the relative that would have cost least for the very same units, the largest saving first. A relative
 * counts only when it has a rate for every meter that was used, and is allowed. Whether its answers are good enough, no price says.
 */
export function suggestModels(
  mix: readonly ModelUse[],
  of: {
    readonly rates: RateBook
    readonly atMs: number
    readonly isAllowed: (model: string) => boolean
  },
): ModelSuggestion[] {
  return mix
    .flatMap((use) => {
      const priced = cheaperRelatives(use.model)
        .filter(of.isAllowed)
        .flatMap((model) => {
          const would_be_micro = costAs(use, model, of)
          return would_be_micro === undefined ? [] : [{ model, would_be_micro }]
        })
        .sort((a, b) => a.would_be_micro - b.would_be_micro)
      const [best] = priced
      if (best === undefined || best.would_be_micro >= use.credits_micro) return []
      const { provider, model: from_model, requests, credits_micro } = use
      const { model: to_model, would_be_micro } = best
      const saving_micro = credits_micro - would_be_micro
      return [{ provider, from_model, to_model, requests, credits_micro, would_be_micro, saving_micro }]
    })
    .sort((a, b) => b.saving_micro - a.saving_micro)
}

/**
 * In micro-credits, at the rates for a short context: a longer one is dearer for most models, so the saving is the most there is.
 * `undefined` when a meter that was used has no rate.
 */
function costAs(
  use: ModelUse,
  model: string,
  of: { readonly rates: RateBook; readonly atMs: number },
): number | undefined {
  const candidates = of.rates.candidates({ provider: use.provider, model, tier: use.tier })
  const found = applicableEntry(candidates, of.atMs, 0)
  if (found === undefined) return undefined
  const { rates } = found.entry
  const isPriced = Object.entries(use.metered_units).every(
    ([meter, units]) => units === 0 || rates[meter] !== undefined,
  )
  return isPriced ? creditsMicroOf(use.metered_units, rates) : undefined
}
