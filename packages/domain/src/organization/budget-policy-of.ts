import type { AllocationPeriod } from '../ledger/ledger-entities.ts'
import { baseLimitMicro } from '../ledger/period-limit.ts'
import type { BudgetedAllocation, BudgetPolicy } from '../spend/budget-policy.ts'
import { budgetRulesOf } from './budget-rules-of.ts'
import { settingsOf, type SpendView } from './organization-view.ts'

/** What burn has to know of the organization. Sorted by id, so that equal views give equal bytes. */
export function budgetPolicyOf(view: SpendView): BudgetPolicy {
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
function budgeted(view: SpendView): BudgetedAllocation[] {
  const newest = newestPeriods(view)
  return [...view.entities.allocation.values()]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((allocation) => {
      if (view.entities.pool.size === 0) return allocation
      const periods = newest.get(allocation.id) ?? []
      return {
        ...allocation,
        base_limit_micro: baseLimitMicro(view, allocation),
        month_limits_micro: Object.fromEntries(
          periods.map(({ period, limit_micro }) => [period, limit_micro]),
        ),
      }
    })
}

const MONTHS_TOLD = 2

/** By allocation, the newest first: one pass over what may be years of periods. */
function newestPeriods(view: SpendView): ReadonlyMap<string, readonly AllocationPeriod[]> {
  const newest = new Map<string, readonly AllocationPeriod[]>()
  for (const period of view.entities.allocation_period.values()) {
    const known = newest.get(period.allocation) ?? []
    const isNews = known.length < MONTHS_TOLD || known.some((other) => other.period < period.period)
    if (!isNews) continue
    const sorted = [...known, period].sort((a, b) => (a.period < b.period ? 1 : -1))
    newest.set(period.allocation, sorted.slice(0, MONTHS_TOLD))
  }
  return newest
}
