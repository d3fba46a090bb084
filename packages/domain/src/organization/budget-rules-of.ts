import { scopeAndAncestors } from '../alerts/book/scope-ancestors.ts'
import { expiringGrants } from '../alerts/rules/expiring-grants.ts'
import type { Limit } from '../limits/limit-entities.ts'
import { scopeId } from '../scope/scope.ts'
import type { BudgetPolicy } from '../spend/budget-policy.ts'
import type { SpendView } from './organization-view.ts'

/** Ids in all: a policy is one record of a log. Group limits beyond it are not alerted on; authorizations hold them all the same. */
const MAX_MEMBERS = 20_000

type BudgetRules = Pick<BudgetPolicy, 'alert_policies' | 'limit_members' | 'boosts' | 'grants'>

/** What alert rules have to know of the organization; what there is none of is left out. Sorted, so equal views give equal bytes. */
export function budgetRulesOf(view: SpendView): BudgetRules {
  const { alert_policy, request } = view.entities
  const alert_policies = [...alert_policy.values()].sort(byId)
  const limit_members = membersOf(view)
  const boosts = [...request.values()]
    .sort(byId)
    .flatMap(({ kind, state, subject, credits_micro, ends_at_ms }) =>
      kind === 'boost' && state === 'approved' && ends_at_ms !== null
        ? [{ subject, credits_micro, ends_at_ms }]
        : [],
    )
  const grants = expiringGrants(view)
  return {
    ...(alert_policies.length === 0 ? {} : { alert_policies }),
    ...(Object.keys(limit_members).length === 0 ? {} : { limit_members }),
    ...(boosts.length === 0 ? {} : { boosts }),
    ...(grants.length === 0 ? {} : { grants }),
  }
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1
}

/** Whom each limit of a group is about: the keys below it, the users of those, and the users with a role there. */
function membersOf(view: SpendView): Record<string, readonly string[]> {
  const groups = [...view.entities.limit.values()]
    .filter(({ level, per }) => level === 'group' && per !== 'scope')
    .sort(byId)
  if (groups.length === 0) return {}
  const keys = [...view.entities.api_key.values()].map(({ id, user_id }) => ({
    id,
    user_id,
    scopes: new Set(scopeAndAncestors(view, scopeId('api_key', id))),
  }))
  const users = [...view.entities.user.values()].map(({ id, bindings }) => ({
    id,
    scopes: new Set(bindings.flatMap(({ scope }) => scopeAndAncestors(view, scope))),
  }))
  const below = ({ scope, per }: Limit): string[] => {
    const itsKeys = keys.filter(({ scopes }) => scopes.has(scope))
    if (per === 'api_key') return itsKeys.map(({ id }) => id)
    const itsUsers = users.filter(({ scopes }) => scopes.has(scope)).map(({ id }) => id)
    return [...itsUsers, ...itsKeys.flatMap(({ user_id }) => user_id ?? [])]
  }
  let room = MAX_MEMBERS
  return Object.fromEntries(
    groups.map((limit) => {
      const members = [...new Set(below(limit))].sort().slice(0, room)
      room -= members.length
      return [limit.id, members]
    }),
  )
}
