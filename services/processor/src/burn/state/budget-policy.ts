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
    policy.allocations.every(isAllocation) &&
    isListOf(policy.alert_policies, isAlertPolicy) &&
    isListOf(policy.limits, hasScope) &&
    isListOf(policy.boosts, (boost) => isRecord(boost) && Number.isSafeInteger(boost['credits_micro'])) &&
    isListOf(policy.grants, (grant) => isRecord(grant) && Number.isSafeInteger(grant['expires_at_ms'])) &&
    (policy.limit_members === undefined ||
      (isRecord(policy.limit_members) && Object.values(policy.limit_members).every(Array.isArray)))
  )
}

function isListOf(value: unknown, isOne: (each: unknown) => boolean): boolean {
  return value === undefined || (Array.isArray(value) && value.every(isOne))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function hasScope(value: unknown): boolean {
  return isRecord(value) && typeof value['id'] === 'string' && typeof value['scope'] === 'string'
}

function isAlertPolicy(value: unknown): boolean {
  return (
    hasScope(value) &&
    isRecord(value) &&
    typeof value['rule'] === 'string' &&
    isRecord(value['params']) &&
    Array.isArray(value['notify']) &&
    Number.isSafeInteger(value['minimum_credits_micro'])
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
