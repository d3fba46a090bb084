import type { BudgetPolicy } from '@meterline/domain'

/** Our own writer's JSON, so anything else is a broken invariant. Throws `TypeError`. */
export function parseBudgetPolicy(json: string): BudgetPolicy {
  const parsed: unknown = JSON.parse(json)
  if (!isBudgetPolicy(parsed)) throw new TypeError('a policy record holds no budget policy')
  return parsed
}

function isBudgetPolicy(value: unknown): value is BudgetPolicy {
  if (typeof value !== 'object' || value === null) return false
  const policy = value as Partial<Record<keyof BudgetPolicy, unknown>>
  return (
    typeof policy.organization === 'string' &&
    typeof policy.reporting_time_zone === 'string' &&
    Array.isArray(policy.allocations)
  )
}
