import { SCOPE_KINDS, scopeKind } from '../../scope/scope.ts'
import type { AlertPolicy } from '../alert-entities.ts'
import type { Refusal } from '../../control/control-event.ts'
import { isPolicyRule, paramProblem, RULE_PARAMS } from './rule-params.ts'
import type { ParamSpec } from './rule-params.ts'
import { windowMs } from './window-ms.ts'

const MAX_NOTIFY = 20
const MAX_TEXT = 200

/**
 * Why a policy is none, with the field at fault; `undefined` when it is one. Of its shape only the types are taken for granted:
 * they are parsed at the edge.
 */
export function alertPolicyProblem(policy: AlertPolicy): Refusal | undefined {
  const { rule, scope, params, minimum_credits_micro: minimum, notify } = policy
  if (!isPolicyRule(rule)) {
    const hint = TIER_RULES.has(rule)
      ? 'is set by the tiers of an allocation'
      : `is no rule: there are ${Object.keys(RULE_PARAMS).join(', ')}`
    return problem('rule', `${JSON.stringify(rule.slice(0, MAX_TEXT))} ${hint}`)
  }
  const specs: Readonly<Record<string, ParamSpec>> = RULE_PARAMS[rule]
  for (const [name, value] of Object.entries(params)) {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined
    if (spec === undefined) {
      const known = Object.keys(specs)
      const has = known.length === 0 ? 'has no parameters' : `has the parameters ${known.join(', ')}`
      return problem(`params.${name.slice(0, MAX_TEXT)}`, `is unknown: ${rule} ${has}`)
    }
    const wrong = paramProblem(spec, value)
    if (wrong !== undefined) return problem(`params.${name}`, wrong)
  }
  if (!isScope(scope)) return problem('scope', 'must be <kind>:<id> or <kind>:*')
  if (!Number.isSafeInteger(minimum) || minimum < 0) {
    return problem('minimum_credits_micro', 'must be a whole number of micro-credits, 0 or more')
  }
  if (notify.length > MAX_NOTIFY || notify.some((text) => text === '' || text.length > MAX_TEXT)) {
    return problem('notify', `must be at most ${MAX_NOTIFY} names of at most ${MAX_TEXT} characters`)
  }
  return rule === 'burn_rate' ? windowsProblem(policy) : undefined
}

const TIER_RULES: ReadonlySet<string> = new Set(['budget_threshold', 'daily_forecast'])

function windowsProblem({ params }: AlertPolicy): Refusal | undefined {
  const { long, short } = RULE_PARAMS.burn_rate
  const longMs = windowMs(params['long'] ?? long.default)
  const shortMs = windowMs(params['short'] ?? short.default)
  return shortMs < longMs ? undefined : problem('params.short', 'must be a shorter window than params.long')
}

function isScope(scope: string): boolean {
  const kind = scopeKind(scope as AlertPolicy['scope'])
  return SCOPE_KINDS.includes(kind) && scope.length > kind.length + 1 && scope.length <= MAX_TEXT
}

function problem(field: string, message: string): Refusal {
  return { code: 'invalid_alert_policy', message: `${field} ${message}`, field }
}
