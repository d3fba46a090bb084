import type { BudgetedAllocation } from '../spend/budget-policy.ts'
import { monthName } from '../windows/calendar.ts'

/** What the spend of a month is held against, in micro-credits; `month` as the calendar counts it. */
export function monthLimitMicro(allocation: BudgetedAllocation, month: number): number {
  const { month_limits_micro: months, base_limit_micro: base, monthly_credits_micro: monthly } = allocation
  return months?.[monthName(month)] ?? base ?? monthly
}
