import { baseLimitMicro } from '../ledger/period-limit.ts'
import type { BudgetedAllocation, BudgetPolicy } from '../spend/budget-policy.ts'
import { budgetRulesOf } from './budget-rules-of.ts'
import { settingsOf, type OrganizationView } from './organization-view.ts'

/** What burn has to know of the organization. Sorted by id, so that equal views give equal bytes. */
export function budgetPolicyOf(view: OrganizationView): BudgetPolicy {
  const settings = settingsOf(view)
  const limits = [...view.entities.limit.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  return {
    organization: settings?.id ?? '',
    reporting_time_zone: settings?.reporting_time_zone ?? 'UTC',
    allocations: budgeted(view),
    ...(limits.length === 0 ? {} : { limits }),
    ...budgetRulesOf(view),
  }
}

/** Each with the limits of the two newest months that the ledger has opened for it. */
function budgeted(view: OrganizationView): BudgetedAllocation[] {
  const periods = Map.groupBy(view.entities.allocation_period.values(), ({ allocation }) => allocation)
  return [...view.entities.allocation.values()]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((allocation) => {
      if (view.entities.pool.size === 0) return allocation
      const newest = (periods.get(allocation.id) ?? [])
        .sort((a, b) => (a.period < b.period ? 1 : -1))
        .slice(0, MONTHS_TOLD)
      return {
        ...allocation,
        base_limit_micro: baseLimitMicro(view, allocation),
        month_limits_micro: Object.fromEntries(
          newest.map(({ period, limit_micro }) => [period, limit_micro]),
        ),
      }
    })
}

const MONTHS_TOLD = 2
