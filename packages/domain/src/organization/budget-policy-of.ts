import type { BudgetPolicy } from '../spend/budget-policy.ts'
import { settingsOf, type OrganizationView } from './organization-view.ts'

/** What burn has to know of the organization. Sorted by id, so that equal views give equal bytes. */
export function budgetPolicyOf(view: OrganizationView): BudgetPolicy {
  const settings = settingsOf(view)
  const limits = [...view.entities.limit.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  return {
    organization: settings?.id ?? '',
    reporting_time_zone: settings?.reporting_time_zone ?? 'UTC',
    allocations: [...view.entities.allocation.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    ...(limits.length === 0 ? {} : { limits }),
  }
}
