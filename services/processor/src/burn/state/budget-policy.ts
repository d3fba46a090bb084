import { type BudgetedAllocation, type BudgetPolicy, createCalendar } from '@meterline/domain'

/** Throws `SyntaxError`, `TypeError` or `RangeError` when it is no policy, or its time zone no zone. */
export function parseBudgetPolicy(json: string): BudgetPolicy {
  const parsed: unknown = JSON.parse(json)
  if (!isBudgetPolicy(parsed)) throw new TypeError('a policy record holds no budget policy')
  createCalendar(parsed.reporting_time_zone)
  return parsed
}

function isBudgetPolicy(value: unknown): value is BudgetPolicy {
  if (typeof value !== 'object' || value === null) return false
  const policy = value as Partial<Record<keyof BudgetPolicy, unknown>>
  return (
    typeof policy.organization === 'string' &&
    typeof policy.reporting_time_zone === 'string' &&
    Array.isArray(policy.allocations) &&
    policy.allocations.every(isAllocation)
  )
}

function isAllocation(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const allocation = value as Partial<Record<keyof BudgetedAllocation, unknown>>
  return (
    typeof allocation.id === 'string' &&
    typeof allocation.scope === 'string' &&
    Number.isSafeInteger(allocation.monthly_credits_micro) &&
    areLimits(allocation.month_limits_micro) &&
    areLimits({ base: allocation.base_limit_micro ?? 0 }) &&
    Array.isArray(allocation.tiers) &&
    Array.isArray(allocation.contacts)
  )
}

function areLimits(limits: unknown): boolean {
  if (limits === undefined) return true
  return typeof limits === 'object' && limits !== null && Object.values(limits).every(Number.isSafeInteger)
}
