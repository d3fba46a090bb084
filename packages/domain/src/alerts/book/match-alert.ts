import type { OrganizationView } from '../../organization/organization-view.ts'
import { scopeKind, type ScopeId } from '../../scope/scope.ts'
import type { AlertMatch } from '../alert-entities.ts'
import type { SpendAlert } from '../spend-alert.ts'
import { scopeAndAncestors } from './scope-ancestors.ts'

/**
 * Whether a route or a silence is about the alert. Empty lists match everything. A scope matches itself and all below it, and
 * `<kind>:*` every scope of the kind. Environments are those of the keys that the alert is about or that drove it.
 */
export function matchesAlert(match: AlertMatch, alert: SpendAlert, view: OrganizationView): boolean {
  return (
    includes(match.severities, alert.severity) &&
    includes(match.rules, alert.rule) &&
    (match.scopes.length === 0 || matchesScope(match.scopes, alert.scope, view)) &&
    (match.environments.length === 0 ||
      environmentsOf(alert, view).some((environment) => match.environments.includes(environment)))
  )
}

function includes<T>(list: readonly T[], value: T): boolean {
  return list.length === 0 || list.includes(value)
}

function matchesScope(scopes: readonly ScopeId[], scope: ScopeId, view: OrganizationView): boolean {
  if (scopes.includes(`${scopeKind(scope)}:*`)) return true
  return scopeAndAncestors(view, scope).some((each) => scopes.includes(each))
}

function environmentsOf({ scope, drivers }: SpendAlert, view: OrganizationView): string[] {
  const keyIds =
    scopeKind(scope) === 'api_key'
      ? [scope.slice('api_key:'.length)]
      : drivers.filter(({ dimension }) => dimension === 'api_key').map(({ value }) => value)
  return keyIds.flatMap((id) => view.entities.api_key.get(id)?.environment ?? [])
}
