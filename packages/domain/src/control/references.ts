import { scopeKind, type ScopeId } from '../scope/scope.ts'
import type { ControlEntities, ControlEntityKind } from './control-entities.ts'

/** One entity names another: in which field, and whom. */
export interface Reference {
  readonly field: string
  readonly kind: ControlEntityKind
  readonly id: string
}

type ReferencesOf = {
  readonly [K in ControlEntityKind]: (entity: ControlEntities[K]) => readonly Reference[]
}

/** Whom an entity names. A user may be named who is not registered: producers know more people than the platform does. */
export function referencesOf<K extends ControlEntityKind>(
  kind: K,
  entity: ControlEntities[K],
): readonly Reference[] {
  return REFERENCES[kind](entity)
}

const none = (): readonly Reference[] => []
const scoped = ({ scope }: { readonly scope: ScopeId }): readonly Reference[] => ofScope('scope', scope)

const REFERENCES: ReferencesOf = {
  organization: none,
  billing_group: none,
  department: ({ billing_group }) => [{ field: 'billing_group', kind: 'billing_group', id: billing_group }],
  team: ({ department }) => [{ field: 'department', kind: 'department', id: department }],
  project: ({ team }) => [{ field: 'team', kind: 'team', id: team }],
  api_key: ({ project }) => [{ field: 'project', kind: 'project', id: project }],
  allocation: scoped,
  rate_card: none,
  user: ({ bindings }) => bindings.flatMap(({ scope }, index) => ofScope(`roles.${index}.scope`, scope)),
  service_token: ({ bindings }) =>
    bindings.flatMap(({ scope }, index) => ofScope(`roles.${index}.scope`, scope)),
  label_policy: none,
  pool: none,
  grant: ({ pool }) => [{ field: 'pool', kind: 'pool', id: pool }],
  // The books name what was there when they were written.
  ledger_entry: none,
  allocation_period: none,
  conversion_rate: none,
  gl_mapping: none,
  limit: scoped,
  model_policy: scoped,
  rate_rule: scoped,
  block: scoped,
  request: none,
  incident: none,
  alert_policy: scoped,
  channel: none,
  alert_route: ({ channels, escalate_to, match }) => [
    ...channels.map((id, index) => ({ field: `channels.${index}`, kind: 'channel' as const, id })),
    ...escalate_to.map((id, index) => ({ field: `escalate_to.${index}`, kind: 'channel' as const, id })),
    ...match.scopes.flatMap((scope, index) => ofScope(`match.scopes.${index}`, scope)),
  ],
  silence: ({ match }) => match.scopes.flatMap((scope, index) => ofScope(`match.scopes.${index}`, scope)),
  alert_mark: none,
  release: scoped,
  action_run: none,
  action_policy: scoped,
}

const KIND_OF_SCOPE = {
  org: 'organization',
  billing_group: 'billing_group',
  department: 'department',
  team: 'team',
  project: 'project',
  api_key: 'api_key',
  allocation: 'allocation',
} as const satisfies Readonly<Record<string, ControlEntityKind>>

/** `<kind>:*` means all of a kind, and names nobody. */
function ofScope(field: string, scope: ScopeId): readonly Reference[] {
  const scopeName = scopeKind(scope)
  const id = scope.slice(scopeName.length + 1)
  if (id === '*' || !(scopeName in KIND_OF_SCOPE)) return []
  return [{ field, kind: KIND_OF_SCOPE[scopeName as keyof typeof KIND_OF_SCOPE], id }]
}
