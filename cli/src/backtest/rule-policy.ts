import type { AlertPolicy, ScopeId } from '@meterline/domain'
import { alertPolicyProblem } from '@meterline/domain'

import { usageError } from '../cli-error.ts'

const MICRO = 1_000_000
/** They stand in the tiers of the allocations, and can be tried all the same. */
const TIER_RULES: ReadonlySet<string> = new Set(['budget_threshold', 'daily_forecast'])

export interface RuleWords {
  readonly rule: string
  readonly scope: string
  /** `name=value` */
  readonly param: readonly string[]
  readonly minimum: number
}

/** The policy that the flags ask for. Throws `CliError` that names the flag at fault. */
export function rulePolicy({ rule, scope, param, minimum }: RuleWords): AlertPolicy {
  const policy: AlertPolicy = {
    id: 'backtest',
    rule,
    scope: scope as ScopeId,
    severity: 'warning',
    params: Object.fromEntries(param.map(parameter)),
    minimum_credits_micro: Math.round(minimum * MICRO),
    notify: [],
    enabled: true,
  }
  const problem = alertPolicyProblem(TIER_RULES.has(rule) ? { ...policy, rule: 'anomaly_seasonal' } : policy)
  if (problem !== undefined) throw usageError(problem.message)
  return policy
}

function parameter(text: string): [string, string | number] {
  const [, name, value] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (name === undefined || value === undefined) throw usageError(`--param ${text}: name=value is expected`)
  return [name, Number.isNaN(Number(value)) ? value : Number(value)]
}
