import { pathOfKey, pathOfProject, pathOfTeam, scopesOfPath } from '../../organization/organization-path.ts'
import { settingsOf, type SpendView } from '../../organization/organization-view.ts'
import { scopeId, scopeKind, type ScopeId } from '../../scope/scope.ts'

/** The scope itself and all levels of the hierarchy above it, as far as the organization is known. */
export function scopeAndAncestors(view: SpendView, scope: ScopeId): ScopeId[] {
  const kind = scopeKind(scope)
  const id = scope.slice(kind.length + 1)
  return [...new Set([scope, ...above(view, kind, id)])]
}

function above(view: SpendView, kind: string, id: string): ScopeId[] {
  switch (kind) {
    case 'api_key': {
      const key = view.entities.api_key.get(id)
      return scopesOf(view, key && pathOfKey(view, key))
    }
    case 'project':
      return scopesOf(view, pathOfProject(view, id))
    case 'team':
      return scopesOf(view, pathOfTeam(view, id))
    case 'department': {
      const group = view.entities.department.get(id)?.billing_group
      return [...(group === undefined ? [] : [scopeId('billing_group', group)]), ...organization(view)]
    }
    default:
      return organization(view)
  }
}

function scopesOf(view: SpendView, path: Parameters<typeof scopesOfPath>[0] | undefined): ScopeId[] {
  return path === undefined ? organization(view) : scopesOfPath(path)
}

function organization(view: SpendView): ScopeId[] {
  const id = settingsOf(view)?.id
  return id === undefined ? [] : [scopeId('org', id)]
}
