import { scopeKind, type ScopeId } from '../../scope/scope.ts'
import type { AlertPolicy } from '../alert-entities.ts'
import { DEFAULT_ALERT_POLICIES } from './default-policies.ts'
import { isPolicyRule, paramProblem, RULE_PARAMS } from './rule-params.ts'
import type { ParamSpec, PolicyRule } from './rule-params.ts'

const NONE: readonly AlertPolicy[] = []

/**
 * Which policy holds for a scope: that of the scope itself, else that of its kind, else the shipped one; of several alike the one
 * whose id sorts first. Burn rates are apart by their windows, so one pair is tuned or switched off without the others.
 */
export class AlertPolicies {
  readonly #byRuleAndScope: ReadonlyMap<string, readonly AlertPolicy[]>

  constructor(own: readonly AlertPolicy[]) {
    const inOrder = [...[...own].sort((a, b) => (a.id < b.id ? -1 : 1)), ...DEFAULT_ALERT_POLICIES]
    this.#byRuleAndScope = Map.groupBy(inOrder, ({ rule, scope }) => `${rule} ${scope}`)
  }

  /** The policies of the rule that are in force for the scope: several only where they are of different windows. */
  of(scope: ScopeId, rule: PolicyRule): readonly AlertPolicy[] {
    const candidates = [...this.#at(rule, scope), ...this.#at(rule, `${scopeKind(scope)}:*`)]
    const first = candidates.filter(
      (policy, at) => candidates.findIndex((other) => variantOf(other) === variantOf(policy)) === at,
    )
    return first.filter(({ enabled }) => enabled)
  }

  #at(rule: PolicyRule, scope: ScopeId): readonly AlertPolicy[] {
    return this.#byRuleAndScope.get(`${rule} ${scope}`) ?? NONE
  }
}

/** A parameter, or its default where it is left out or is nothing that the rule knows. */
export function numberParam({ rule, params }: AlertPolicy, name: string): number {
  const value = params[name]
  const spec = specOf(rule, name)
  if (spec?.kind !== 'number') throw new TypeError(`${rule} has no number ${name}`)
  return typeof value === 'number' && paramProblem(spec, value) === undefined ? value : spec.default
}

export function windowParam({ rule, params }: AlertPolicy, name: string) {
  const spec = specOf(rule, name)
  if (spec?.kind !== 'window') throw new TypeError(`${rule} has no window ${name}`)
  return spec.oneOf.find((window) => window === params[name]) ?? spec.default
}

function specOf(rule: string, name: string): ParamSpec | undefined {
  if (!isPolicyRule(rule)) return undefined
  const specs: Readonly<Record<string, ParamSpec>> = RULE_PARAMS[rule]
  return specs[name]
}

function variantOf(policy: AlertPolicy): string {
  return policy.rule === 'burn_rate' ? `${windowParam(policy, 'long')}/${windowParam(policy, 'short')}` : ''
}
