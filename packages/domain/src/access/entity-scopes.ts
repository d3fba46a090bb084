import type { ControlEntities, ControlEntityKind } from '../control/control-entities.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { scopeId, type ScopeId } from '../scope/scope.ts'
import { organizationScope } from './covers.ts'

/** The parts of the organization that an entity will be a matter of: whoever brings it about needs the permission over each. */
export function entityScopes<K extends ControlEntityKind>(
  view: OrganizationView,
  kind: K,
  entity: ControlEntities[K],
): readonly ScopeId[] {
  const scopes = SCOPES[kind](entity, view)
  return scopes.length === 0 ? [organizationScope(view)] : scopes
}

type ScopesOf = {
  readonly [K in ControlEntityKind]: (
    entity: ControlEntities[K],
    view: OrganizationView,
  ) => readonly ScopeId[]
}

/** Empty: the organization as a whole. */
const whole = (): readonly ScopeId[] => []
const own = ({ scope }: { readonly scope: ScopeId }): readonly ScopeId[] => [scope]

const SCOPES: ScopesOf = {
  organization: whole,
  billing_group: ({ id }) => [scopeId('billing_group', id)],
  // A part that is not there yet is a matter of what it will belong to.
  department: ({ billing_group }) => [scopeId('billing_group', billing_group)],
  team: ({ department }) => [scopeId('department', department)],
  project: ({ team }) => [scopeId('team', team)],
  // A key that speaks for others, or lets each event say who pays, reaches beyond its project.
  api_key: ({ project, may_send_for_others, labels_from }, view) => [
    scopeId('project', project),
    ...(may_send_for_others || labels_from === 'event' ? [organizationScope(view)] : []),
  ],
  allocation: own,
  rate_card: whole,
  user: whole,
  service_token: whole,
  label_policy: whole,
  pool: whole,
  grant: whole,
  ledger_entry: ({ postings, links }, view) => {
    const named = postings.flatMap(({ account }) => allocationOfAccount(account))
    const linked = links['allocation'] === undefined ? [] : [links['allocation']]
    return [...new Set([...named, ...linked])].map((id) => scopeOfAllocation(view, id))
  },
  allocation_period: ({ allocation }, view) => [scopeOfAllocation(view, allocation)],
  conversion_rate: whole,
  gl_mapping: whole,
  limit: own,
  model_policy: own,
  rate_rule: own,
  block: own,
  request: ({ subject }) => [subject],
  incident: ({ allocation }, view) => [scopeOfAllocation(view, allocation)],
  alert_policy: own,
  channel: whole,
  alert_route: whole,
  silence: ({ match }) => match.scopes,
  alert_mark: whole,
  release: own,
  action_run: own,
  action_policy: own,
}

function allocationOfAccount(account: string): readonly string[] {
  const [kind = '', ...id] = account.split(':')
  return ['allocation', 'reserve', 'spent'].includes(kind) ? [id.join(':')] : []
}

/** Of one that is gone, the organization's as a whole. */
function scopeOfAllocation(view: OrganizationView, id: string): ScopeId {
  return view.entities.allocation.get(id)?.scope ?? organizationScope(view)
}
