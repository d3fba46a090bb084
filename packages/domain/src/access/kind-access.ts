import type { ControlEntities, ControlEntityKind } from '../control/control-entities.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { scopeId, type ScopeId } from '../scope/scope.ts'
import { entityScopes } from './entity-scopes.ts'
import { may, maySomewhere, type Principal } from './may.ts'
import type { Permission } from './permissions.ts'

/** What it takes to see and to change entities of a kind. */
interface KindAccess {
  readonly read: Permission
  readonly write: Permission
  /** Nobody's secret within the organization: whoever may read somewhere reads all of them. */
  readonly isForAll: boolean
}

const area = (read: Permission, write: Permission, isForAll = false): KindAccess => ({
  read,
  write,
  isForAll,
})
const tree = area('organization.read', 'organization.write', true)
const policy = area('policies.read', 'policies.write')
const routing = area('alerts.read', 'routing.write', true)

export const KIND_ACCESS: Readonly<Record<ControlEntityKind, KindAccess>> = {
  organization: tree,
  billing_group: tree,
  department: tree,
  team: tree,
  project: tree,
  api_key: area('keys.read', 'keys.write'),
  allocation: area('credits.read', 'allocations.write'),
  rate_card: area('policies.read', 'policies.write', true),
  user: area('people.read', 'people.write'),
  service_token: area('people.read', 'people.write'),
  label_policy: area('policies.read', 'policies.write', true),
  pool: area('credits.read', 'credits.write'),
  grant: area('credits.read', 'credits.write'),
  ledger_entry: area('credits.read', 'credits.write'),
  allocation_period: area('credits.read', 'credits.write'),
  conversion_rate: area('credits.read', 'credits.write', true),
  gl_mapping: area('credits.read', 'credits.write', true),
  limit: area('limits.read', 'limits.write'),
  model_policy: policy,
  rate_rule: area('limits.read', 'blocks.write'),
  block: area('limits.read', 'blocks.write'),
  request: area('requests.read', 'requests.create'),
  incident: area('requests.read', 'incidents.work'),
  alert_policy: routing,
  channel: routing,
  alert_route: routing,
  silence: area('alerts.read', 'silences.write', true),
  alert_mark: area('alerts.read', 'alerts.mark', true),
  release: area('alerts.read', 'routing.write', true),
  action_run: area('actions.read', 'actions.write'),
  action_policy: area('actions.read', 'actions.write'),
}

/** Whether the principal may see that entity. */
export function maySee<K extends ControlEntityKind>(
  view: OrganizationView,
  principal: Principal,
  of: { readonly kind: K; readonly entity: ControlEntities[K] },
): boolean {
  const { read, isForAll } = KIND_ACCESS[of.kind]
  if (isForAll) return maySomewhere(principal, read)
  return existingScopes(view, of.kind, of.entity).every((scope) =>
    may(view, principal, { permission: read, scope }),
  )
}

/** Whether the principal may bring that entity about in place of the one that is there, or remove that one (`desired` left out). */
export function mayChange<K extends ControlEntityKind>(
  view: OrganizationView,
  principal: Principal,
  of: { readonly kind: K; readonly id: string; readonly desired?: ControlEntities[K] | undefined },
): boolean {
  const permission = KIND_ACCESS[of.kind].write
  const before = view.entities[of.kind].get(of.id)
  const scopes = [
    ...(before === undefined ? [] : existingScopes(view, of.kind, before)),
    ...(of.desired === undefined ? [] : entityScopes(view, of.kind, of.desired)),
  ]
  return scopes.every((scope) => may(view, principal, { permission, scope })) && scopes.length > 0
}

/** A part of the hierarchy that is there is a matter of itself, so its own lead sees and changes it. */
export function existingScopes<K extends ControlEntityKind>(
  view: OrganizationView,
  kind: K,
  entity: ControlEntities[K],
): readonly ScopeId[] {
  const level = LEVELS.find((known) => known === kind)
  return level !== undefined && 'id' in entity
    ? [scopeId(level, entity.id)]
    : entityScopes(view, kind, entity)
}

const LEVELS = ['department', 'team', 'project', 'api_key'] as const
