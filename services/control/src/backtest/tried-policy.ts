import { RESOURCES } from '@meterline/contract'
import { alertPolicyProblem } from '@meterline/domain'
import type { AlertPolicy } from '@meterline/domain'
import { ApiError } from '@meterline/http'

import { refusalAnswer } from '../command/perform.ts'
import { parsed } from '../routing/parsed.ts'

/** They stand in the tiers of the allocations, and can be tried all the same. */
const TIER_RULES: ReadonlySet<string> = new Set(['budget_threshold', 'daily_forecast'])

const WITHOUT_HISTORY: Readonly<Record<string, string>> = {
  grant_expiring: 'grants leave no history',
  limit_review: 'review dates leave no history',
  rejected_usage: 'what was rejected is not in the history of usage',
}

/** A policy as `PUT /v1/alert-policies/{id}` takes it, the id left out or not. Throws `ApiError` that names the field at fault. */
export function triedPolicy(fields: Readonly<Record<string, unknown>>): AlertPolicy {
  const { alert_policy: resource } = RESOURCES
  const policy = resource.toEntity(parsed(resource.entry, { id: 'backtest', ...fields }))
  // A tier has no parameters of a policy, as the seasonal rule has none.
  const judged = TIER_RULES.has(policy.rule) ? { ...policy, rule: 'anomaly_seasonal' } : policy
  const problem = alertPolicyProblem(judged)
  if (problem !== undefined) throw refusalAnswer(problem)
  const past = WITHOUT_HISTORY[policy.rule]
  if (past !== undefined) {
    throw new ApiError(422, 'invalid_alert_policy', `rule ${policy.rule} cannot be tried: ${past}`, {
      field: 'rule',
    })
  }
  return policy
}
