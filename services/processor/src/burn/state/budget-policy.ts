import type { Allocation, BudgetedAllocation, BudgetPolicy, ScopeId } from '@meterline/domain'
import { AlertPolicies, createCalendar, ScopeLimits } from '@meterline/domain'

/** A policy, and what is looked up in it. Nothing of it changes. */
export interface Budgets {
  /** The policy as it was told. */
  readonly json: string
  readonly policy: BudgetPolicy
  readonly alertPolicies: AlertPolicies
  readonly limits: ScopeLimits
  /** By scope, in the order of their ids. */
  readonly allocations: ReadonlyMap<ScopeId, readonly Allocation[]>
  /** Those with an allocation, in the order of their ids. */
  readonly scopes: readonly ScopeId[]
}

export const NO_BUDGETS = budgetsOf('', {
  organization: '',
  reporting_time_zone: 'UTC',
  allocations: [],
})

let last: Budgets | undefined

/**
 * Throws `SyntaxError`, `TypeError` or `RangeError` when it is no policy, or its time zone no zone. Every change of the budgets comes to
 * each partition, and each looks at it when it is read and when it is put in force: the partitions of a process get one object for
 * all of that. (10,000 allocations, eight partitions: 0.6 to 2 s of each change, and now a tenth.)
 */
export function readBudgets(json: string): Budgets {
  if (last?.json !== json) last = budgetsOf(json, parseBudgetPolicy(json))
  return last
}

function budgetsOf(json: string, policy: BudgetPolicy): Budgets {
  const byId = [...policy.allocations].sort((a, b) => (a.id < b.id ? -1 : 1))
  const allocations = Map.groupBy(byId, (allocation) => allocation.scope)
  return {
    json,
    policy,
    alertPolicies: new AlertPolicies(policy.alert_policies ?? []),
    limits: new ScopeLimits(policy),
    allocations,
    scopes: [...allocations.keys()].sort(),
  }
}

function parseBudgetPolicy(json: string): BudgetPolicy {
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
