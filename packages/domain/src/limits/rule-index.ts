import type { OrganizationView } from '../organization/organization-view.ts'
import type { ScopeId } from '../scope/scope.ts'
import type { Block, ModelPolicy, RateRule } from './limit-entities.ts'

/** The rules by the scope they are written for, each in the order of their ids. */
export interface RuleIndex {
  readonly blocks: ReadonlyMap<ScopeId, readonly Block[]>
  readonly modelPolicies: ReadonlyMap<ScopeId, readonly ModelPolicy[]>
  readonly rateRules: ReadonlyMap<ScopeId, readonly RateRule[]>
}

const kept = new WeakMap<OrganizationView, { readonly offset: number; readonly index: RuleIndex }>()

/** Made once per state of the view. */
export function ruleIndexOf(view: OrganizationView): RuleIndex {
  const known = kept.get(view)
  if (known?.offset === view.offset) return known.index
  const index = {
    blocks: byScope(view.entities.block.values()),
    modelPolicies: byScope(view.entities.model_policy.values()),
    rateRules: byScope(view.entities.rate_rule.values()),
  }
  kept.set(view, { offset: view.offset, index })
  return index
}

function byScope<T extends { readonly id: string; readonly scope: ScopeId }>(
  entries: Iterable<T>,
): ReadonlyMap<ScopeId, readonly T[]> {
  return Map.groupBy(
    [...entries].sort((a, b) => (a.id < b.id ? -1 : 1)),
    ({ scope }) => scope,
  )
}
