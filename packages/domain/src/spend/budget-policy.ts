import type { Allocation } from '../organization/organization.ts'
import type { AnomalyPolicy } from '../scores/anomaly-policy.ts'

/** What burn has to know of the organization: everything else reaches it with the deltas. */
export interface BudgetPolicy {
  readonly organization: string
  readonly reporting_time_zone: string
  readonly allocations: readonly Allocation[]
  /** The default one, when left out. */
  readonly anomalies?: AnomalyPolicy
}
