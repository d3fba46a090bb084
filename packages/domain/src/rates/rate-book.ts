import type { RateCard, RateEntry } from './rate-card.ts'

/** An entry together with the card it stands in. */
export interface CardEntry {
  readonly card: RateCard
  readonly entry: RateEntry
}

export interface RateQuery {
  readonly provider: string
  readonly model: string
  readonly tier: string
}

/**
 * The rates in force, compiled for look-ups. Cards are asked in the order given; the first that knows the model at that
 * time answers, so an organization's own card stands before the shipped one.
 */
export class RateBook {
  readonly #cards: readonly RateCard[]

  constructor(cards: readonly RateCard[]) {
    this.#cards = cards.map((card) => ({ ...card, entries: card.entries.map(withOwnRates) }))
  }

  /**
   * Everything the cards say about one model and tier, so ordered that the first entry whose date and context fit applies:
   * by card, exact name before longest prefix, latest date, largest context. Answers depend on nothing else, and may be kept.
   */
  candidates(query: RateQuery): readonly CardEntry[] {
    return this.#cards.flatMap((card) =>
      card.entries
        .filter((entry) => entry.provider === query.provider && entry.tier === query.tier)
        .map((entry) => ({ card, entry, closeness: closenessOf(entry, query.model) }))
        .filter(({ closeness }) => closeness > 0)
        .sort(
          (a, b) =>
            b.closeness - a.closeness ||
            b.entry.effective_from_ms - a.entry.effective_from_ms ||
            b.entry.from_context_tokens - a.entry.from_context_tokens,
        ),
    )
  }
}

/** The entry that applies to a call at that time with that much input; `undefined` when none does. */
export function applicableEntry(
  candidates: readonly CardEntry[],
  atMs: number,
  contextTokens: number,
): CardEntry | undefined {
  for (const candidate of candidates) {
    const { effective_from_ms, from_context_tokens } = candidate.entry
    if (effective_from_ms <= atMs && from_context_tokens <= contextTokens) return candidate
  }
  return undefined
}

/** How closely an entry names a model: the length of the prefix it fits, more than any for its exact name, 0 for not at all. */
function closenessOf(entry: RateEntry, model: string): number {
  if (entry.models.includes(model)) return Infinity
  return Math.max(
    0,
    ...entry.models
      .filter((name) => name.endsWith('*') && model.startsWith(name.slice(0, -1)))
      .map((name) => name.length),
  )
}

/** Rates that inherit nothing: asked for the meter `constructor`, they have none. */
function withOwnRates(entry: RateEntry): RateEntry {
  const rates: Record<string, number> = Object.assign(Object.create(null), entry.rates)
  return { ...entry, rates }
}
