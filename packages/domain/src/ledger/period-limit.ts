import type { Allocation } from '../organization/organization.ts'
import type { OrganizationView, SpendView } from '../organization/organization-view.ts'
import { isInHierarchy } from './allocation-tree.ts'
import type { Month } from './month.ts'
import { shareOf } from './share-of.ts'

/**
 * What an allocation may spend in a month, in micro-credits: what the ledger gave it, else what a month gives it before rollover,
 * top-ups and boosts. The second holds where there is no ledger, and in the moments of a new month before it is rolled.
 */
export function periodLimitMicro(view: OrganizationView, allocation: Allocation, month: Month): number {
  const period = view.entities.allocation_period.get(`${allocation.id}:${month}`)
  return period?.limit_micro ?? baseLimitMicro(view, allocation)
}

/** With a pool to draw on, the reserve is held back; where no ledger keeps one, the whole sum may be spent. */
export function baseLimitMicro(view: SpendView, allocation: Allocation): number {
  const { monthly_credits_micro: monthly, reserve_credits_micro: reserve } = allocation
  const isFunded = view.entities.pool.size > 0 && isInHierarchy(view, allocation.scope)
  return isFunded ? Math.max(0, monthly - reserve) : monthly
}

/** The caps in force: shares of what the allocation may spend. `null` where there is none. */
export function capsOf(
  allocation: Allocation,
  limitMicro: number,
): { readonly soft_cap_micro: number | null; readonly hard_cap_micro: number | null } {
  const cap = (share: number | null): number | null => (share === null ? null : shareOf(limitMicro, share))
  return { soft_cap_micro: cap(allocation.soft_cap), hard_cap_micro: cap(allocation.hard_cap) }
}
