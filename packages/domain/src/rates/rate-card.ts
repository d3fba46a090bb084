/**
 * Effective-dated rates. The entry that applies is the one whose provider, model and tier match and whose
 * `effective_from_ms` is the latest at or before the event's own time.
 */
export interface RateCard {
  readonly id: string
  readonly version: number
  readonly entries: readonly RateEntry[]
  /** Micro-dollars that one credit stands for: 10,000 when a credit is one cent. */
  readonly usd_micro_per_credit: number
}

export interface RateEntry {
  readonly provider: string
  /** Exact names, or a prefix that ends in `*` (dated snapshots: `gpt-5-mini-*`). */
  readonly models: readonly string[]
  /** `standard`, `batch`, `priority`, … */
  readonly tier: string
  /** The entry holds for calls whose total input has at least this many tokens; the largest that fits wins. */
  readonly from_context_tokens: number
  readonly effective_from_ms: number
  /** Meter to micro-credits per million units. Integers: 2.5 credits per million tokens is 2,500,000. */
  readonly rates: Readonly<Record<string, number>>
}
