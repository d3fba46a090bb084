import type { OrganizationView } from '../organization/organization-view.ts'
import { pathOfKey, pathOfProject, pathOfTeam, scopesOfPath } from '../organization/organization-path.ts'
import { scopeId, scopeKind, type ScopeId } from '../scope/scope.ts'
import { settingsOf } from '../organization/organization-view.ts'

/** The whole organization, whatever its id: what a binding of `org:*` covers. */
export const WHOLE_ORGANIZATION: ScopeId = 'org:*'

const MAX_ALLOCATION_DEPTH = 8

/**
 * Whether a role over `bindingScope` reaches `scope`: the same one, or one below it in the hierarchy. What is in no part of
 * the hierarchy (a model, a customer, an id that nobody knows) belongs to the whole organization.
 */
export function covers(view: OrganizationView, bindingScope: ScopeId, scope: ScopeId): boolean {
  if (isWhole(view, bindingScope)) return true
  if (isWhole(view, scope)) return false
  if (bindingScope === scope) return true
  const idOfUser = userIdOf(scope)
  if (idOfUser !== undefined) return coversUser(view, bindingScope, idOfUser)
  return placesOf(view, scope).includes(bindingScope)
}

/** The scope itself and everything above it, most specific first; the organization is always the last. */
export function placesOf(view: OrganizationView, scope: ScopeId): readonly ScopeId[] {
  const above = hierarchyAbove(view, scope, 0)
  return [...new Set([scope, ...above, organizationScope(view)])]
}

export function organizationScope(view: OrganizationView): ScopeId {
  return scopeId('org', settingsOf(view)?.id ?? '*')
}

function isWhole(view: OrganizationView, scope: ScopeId): boolean {
  return scope === WHOLE_ORGANIZATION || (scopeKind(scope) === 'org' && scope === organizationScope(view))
}

function userIdOf(scope: ScopeId): string | undefined {
  return scopeKind(scope) === 'user' ? scope.slice('user:'.length) : undefined
}

/**
 * A user belongs to the projects of the keys held, else to where the roles are. Somebody with keys of two teams is under
 * neither team's lead alone: what concerns that user needs a role over both.
 */
function coversUser(view: OrganizationView, bindingScope: ScopeId, userId: string): boolean {
  const keys = [...view.entities.api_key.values()].filter((key) => key.user_id === userId)
  const homes =
    keys.length > 0
      ? keys.map((key) => scopeId('project', key.project))
      : (view.entities.user.get(userId)?.bindings ?? []).map(({ scope }) => scope)
  return (
    homes.length > 0 &&
    homes.every((home) => userIdOf(home) === undefined && covers(view, bindingScope, home))
  )
}

function hierarchyAbove(view: OrganizationView, scope: ScopeId, depth: number): readonly ScopeId[] {
  const kind = scopeKind(scope)
  const id = scope.slice(kind.length + 1)
  switch (kind) {
    case 'department': {
      const group = view.entities.department.get(id)?.billing_group
      return group === undefined ? [] : [scopeId('billing_group', group)]
    }
    case 'team':
      return pathScopes(pathOfTeam(view, id))
    case 'project':
      return pathScopes(pathOfProject(view, id))
    case 'api_key': {
      const key = view.entities.api_key.get(id)
      if (key === undefined) return []
      const holder = key.user_id === undefined ? [] : [scopeId('user', key.user_id)]
      return [...holder, ...pathScopes(pathOfKey(view, key))]
    }
    case 'allocation': {
      const target = view.entities.allocation.get(id)?.scope
      // An allocation of an allocation is bounded, not trusted to end.
      if (target === undefined || depth >= MAX_ALLOCATION_DEPTH) return []
      return [target, ...hierarchyAbove(view, target, depth + 1)]
    }
    case 'org':
    case 'billing_group':
    case 'user':
    case 'customer':
    case 'endpoint':
    case 'prompt_version':
    case 'model':
    case 'product':
      return []
  }
}

function pathScopes(path: ReturnType<typeof pathOfTeam>): readonly ScopeId[] {
  return path === undefined ? [] : scopesOfPath(path)
}
