import type { AlertPolicy } from '../alerts/alert-entities.ts'
import type { Limit } from '../limits/limit-entities.ts'
import type { Allocation } from '../organization/organization.ts'
import type { ScopeId } from '../scope/scope.ts'
import type { AnomalyPolicy } from '../scores/anomaly-policy.ts'

/** An allocation with what it may spend, in micro-credits, where the ledger says so. Else it may spend its monthly credits. */
export interface BudgetedAllocation extends Allocation {
  /** Of the months that the ledger has opened, the newest two: burn's clock may still be in the one before. */
  readonly month_limits_micro?: Readonly<Record<string, number>>
  /** Of any other month: in the moments of a new one before it is rolled, what every month gives. */
  readonly base_limit_micro?: number
}

/** What burn has to know of the organization: everything else reaches it with the deltas. */
export interface BudgetPolicy {
  readonly organization: string
  readonly reporting_time_zone: string
  readonly allocations: readonly BudgetedAllocation[]
  /** So that a change of one is known to burn, at a place of its log: leases are granted by no older view. None, when left out. */
  readonly limits?: readonly Limit[]
  /** Whom a group's limit for each user or key is about: their ids by the limit's. Burn knows no hierarchy. */
  readonly limit_members?: Readonly<Record<string, readonly string[]>>
  /** What approved requests add to somebody's limits. */
  readonly boosts?: readonly LimitBoost[]
  /** Grants with credits left that will expire. */
  readonly grants?: readonly GrantBalance[]
  /** Switch and tune rules; the shipped ones hold where there is none. */
  readonly alert_policies?: readonly AlertPolicy[]
  /** The default one, when left out. */
  readonly anomalies?: AnomalyPolicy
}

export interface LimitBoost {
  readonly subject: ScopeId
  readonly credits_micro: number
  readonly ends_at_ms: number
}

export interface GrantBalance {
  readonly id: string
  readonly pool: string
  /** As of the last posting: what the open period has used is not off it yet. */
  readonly remaining_micro: number
  readonly expires_at_ms: number
}
