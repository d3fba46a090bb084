import type { OrganizationView } from '../organization/organization-view.ts'
import { scopeId, type ScopeId } from '../scope/scope.ts'
import type { RoleBinding } from './access-entities.ts'
import { covers, organizationScope } from './covers.ts'
import { OWN_PERMISSIONS, ROLE_PERMISSIONS, type Permission } from './permissions.ts'

/** Whoever gives a command, once it is proven who that is. */
export interface Principal {
  /** `user:<id>` or `token:<id>`, as it stands in the audit trail. */
  readonly actor: string
  /** A person's own id; `null` for machines. */
  readonly userId: string | null
  readonly bindings: readonly RoleBinding[]
}

/** Whether the principal may do that to something of that scope. */
export function may(
  view: OrganizationView,
  principal: Principal,
  act: { readonly permission: Permission; readonly scope: ScopeId },
): boolean {
  return scopesFor(principal, act.permission).some((held) => covers(view, held, act.scope))
}

/** Whether the principal may do that to the organization as a whole. */
export function mayEverywhere(view: OrganizationView, principal: Principal, permission: Permission): boolean {
  return may(view, principal, { permission, scope: organizationScope(view) })
}

/** Whether the principal may do that to anything at all; to what exactly, `may` says. */
export function maySomewhere(principal: Principal, permission: Permission): boolean {
  return scopesFor(principal, permission).length > 0
}

/** The scopes over which the principal holds a permission; what is below them is meant, too. */
export function scopesFor(principal: Principal, permission: Permission): readonly ScopeId[] {
  const held = principal.bindings
    .filter(({ role }) => ROLE_PERMISSIONS[role].has(permission))
    .map(({ scope }) => scope)
  const isOwn = principal.userId !== null && OWN_PERMISSIONS.has(permission)
  return isOwn ? [...held, scopeId('user', principal.userId)] : held
}
