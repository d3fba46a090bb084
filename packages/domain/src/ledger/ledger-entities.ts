import type { ScopeId } from '../scope/scope.ts'
import type { Month } from './month.ts'

/** The central balance of credits. */
export interface Pool {
  readonly id: string
  readonly name: string
  readonly owner: string
}

/** Credits put into a pool. Drawn down by priority (lowest number first), then earliest expiry, then age. */
export interface Grant {
  readonly id: string
  readonly pool: string
  readonly kind: 'purchase' | 'top_up' | 'promotion'
  readonly credits_micro: number
  readonly priority: number
  readonly granted_at_ms: number
  readonly expires_at_ms: number | null
  /** Invoice or order. */
  readonly reference: string
}

export const LEDGER_ENTRY_KINDS = [
  'grant',
  'grant_expiry',
  'allocation',
  'return',
  'reserve_draw',
  'top_up',
  'boost',
  'draw_down',
  'overage',
  'rollover',
  'expiry',
  'adjustment',
  'correction',
] as const
export type LedgerEntryKind = (typeof LEDGER_ENTRY_KINDS)[number]

/** Where credits can be; `outside:` is where they come from and expire to, so that every entry sums to zero. */
export type LedgerAccount =
  | `outside:${string}`
  | `pool:${string}`
  | `allocation:${string}`
  | `reserve:${string}`
  | `spent:${string}`
  | `expired:${string}`

export interface Posting {
  readonly account: LedgerAccount
  /** Positive: credits arrive on the account. The postings of an entry sum to zero. */
  readonly amount_micro: number
  /** The grant these credits come from, where it is known. */
  readonly grant?: string
}

/** One entry of the ledger. Never changed and never removed: a mistake is mended by another entry. */
export interface LedgerEntry {
  readonly id: string
  readonly kind: LedgerEntryKind
  readonly at_ms: number
  /** The period it counts towards. */
  readonly period: Month
  readonly reason: string
  readonly postings: readonly Posting[]
  /** What it belongs to: `request`, `allocation`, `grant`, `adjusts` (an entry id), `original_period`, … */
  readonly links: Readonly<Record<string, string>>
}

/**
 * One period of an allocation: what it was given, and what it may spend. `limit_micro` is what burn, authorizations and leases hold
 * its spend against; it is put again with every entry that changes it. Ids of scope and source are kept, because an allocation may
 * move or go before its period is closed.
 */
export interface AllocationPeriod {
  /** `<allocation>:<period>` */
  readonly id: string
  readonly allocation: string
  readonly scope: ScopeId
  readonly period: Month
  /** The pool, or the allocation above, that its credits come from. */
  readonly source: LedgerAccount
  /** Of the monthly sum: given to spend, and held back. */
  readonly base_micro: number
  readonly reserve_micro: number
  /** Boosts and top-ups in force: what is left of them at their end goes back. */
  readonly temporary_micro: number
  /**
   * While the period is open: the balances of its account and of those of all allocations below it, not below zero. So it is the
   * monthly sum + rollover + top-ups + boosts + drawn reserve − adjustments of earlier periods. Once closed it stays as it was.
   */
  readonly limit_micro: number
  readonly state: 'open' | 'closed'
}

export interface ConversionRate {
  readonly id: string
  /** ISO 4217. */
  readonly currency: string
  /** Millionths of the currency's unit per credit. */
  readonly currency_micro_per_credit: number
  readonly effective_from_ms: number
}

export interface GlMapping {
  /** The cost center. */
  readonly id: string
  readonly gl_account: string
  readonly description: string
}

export interface LedgerEntities {
  readonly pool: Pool
  readonly grant: Grant
  readonly ledger_entry: LedgerEntry
  readonly allocation_period: AllocationPeriod
  readonly conversion_rate: ConversionRate
  readonly gl_mapping: GlMapping
}
