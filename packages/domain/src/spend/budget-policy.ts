import type { Limit } from '../limits/limit-entities.ts'
import type { Allocation } from '../organization/organization.ts'
import type { AnomalyPolicy } from '../scores/anomaly-policy.ts'

/** What burn has to know of the organization: everything else reaches it with the deltas. */
export interface BudgetPolicy {
  readonly organization: string
  readonly reporting_time_zone: string
  readonly allocations: readonly Allocation[]
  /** So that a change of one is known to burn, at a place of its log: leases are granted by no older view. None, when left out. */
  readonly limits?: readonly Limit[]
  /** The default one, when left out. */
  readonly anomalies?: AnomalyPolicy
}
