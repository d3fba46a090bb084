import type { OrganizationView } from '../organization/organization-view.ts'
import { reportingCalendar } from '../organization/reporting-calendar.ts'
import type { Allocation } from '../organization/organization.ts'
import { reserveAccount } from './accounts.ts'
import type { Month } from './month.ts'
import { monthAt } from './month.ts'
import { capsOf, periodLimitMicro } from './period-limit.ts'
import type { SpendTotals } from './spend-totals.ts'
import { monthSpendMicro } from './spend-totals.ts'

/** How an allocation stands in the running month. All sums include the allocations below it. */
export interface AllocationBalance {
  readonly allocation: string
  readonly period: Month
  /** `open`: the ledger has given the month its credits. `computed`: it has not yet, or there is no pool; the rule's sum stands for it. */
  readonly basis: 'open' | 'computed'
  readonly limit_micro: number
  /** Burn's total of the month so far. */
  readonly spent_micro: number
  /** Negative: overspent. */
  readonly balance_micro: number
  /** Can be drawn by an approved request. */
  readonly reserve_micro: number
  /** Boosts and top-ups in the limit. */
  readonly temporary_micro: number
  readonly soft_cap_micro: number | null
  readonly hard_cap_micro: number | null
  readonly hard_cap_reached: boolean
}

/** While a period is open, the balance is computed: what the ledger gave minus burn's month to date. Nothing is posted for it. */
export function balanceOf(
  view: OrganizationView,
  { spend, allocation }: { readonly spend: SpendTotals; readonly allocation: Allocation },
  atMs: number,
): AllocationBalance {
  const month = monthAt(reportingCalendar(view), atMs)
  const period = view.entities.allocation_period.get(`${allocation.id}:${month}`)
  const limitMicro = periodLimitMicro(view, allocation, month)
  const spentMicro = monthSpendMicro(spend, allocation.scope, month) ?? 0
  const caps = capsOf(allocation, limitMicro)
  return {
    allocation: allocation.id,
    period: month,
    basis: period === undefined ? 'computed' : 'open',
    limit_micro: limitMicro,
    spent_micro: spentMicro,
    balance_micro: limitMicro - spentMicro,
    reserve_micro: view.ledger.balanceMicro(reserveAccount(allocation.id)),
    temporary_micro: period?.temporary_micro ?? 0,
    ...caps,
    hard_cap_reached: caps.hard_cap_micro !== null && spentMicro >= caps.hard_cap_micro,
  }
}
