import { scopeId, type ScopeId } from '../scope/scope.ts'
import type { Allocation, ApiKey } from './organization.ts'
import { settingsOf, type SpendView } from './organization-view.ts'

/** Who pays, from the organization down. Empty strings where a level is not known. */
export interface OrganizationPath {
  readonly organization: string
  readonly billing_group: string
  readonly department: string
  readonly team: string
  readonly project: string
  readonly cost_center: string
}

/** `undefined` when the team is unknown. */
export function pathOfTeam(view: SpendView, teamId: string): OrganizationPath | undefined {
  const team = view.entities.team.get(teamId)
  if (team === undefined) return undefined
  return {
    organization: settingsOf(view)?.id ?? '',
    billing_group: view.entities.department.get(team.department)?.billing_group ?? '',
    department: team.department,
    team: teamId,
    project: '',
    cost_center: team.cost_center,
  }
}

/** `undefined` when the project or its team is unknown. */
export function pathOfProject(view: SpendView, projectId: string): OrganizationPath | undefined {
  const project = view.entities.project.get(projectId)
  if (project === undefined) return undefined
  const path = pathOfTeam(view, project.team)
  if (path === undefined) return undefined
  return { ...path, project: projectId, cost_center: project.cost_center ?? path.cost_center }
}

/** `undefined` when the key's project, or the team of that, is unknown. */
export function pathOfKey(view: SpendView, key: ApiKey): OrganizationPath | undefined {
  return pathOfProject(view, key.project)
}

/** The scopes of a path that may have an allocation, most specific first. */
export function scopesOfPath(path: OrganizationPath): ScopeId[] {
  const levels = [
    ['project', path.project],
    ['team', path.team],
    ['department', path.department],
    ['billing_group', path.billing_group],
    ['org', path.organization],
  ] as const
  return levels.filter(([, id]) => id !== '').map(([kind, id]) => scopeId(kind, id))
}

/** The most specific allocation on the path. Of two for one scope, the one whose id sorts first. */
export function allocationOfPath(view: SpendView, path: OrganizationPath): Allocation | undefined {
  if (view.entities.allocation.size === 0) return undefined
  const byScope = allocationsByScope(view)
  for (const scope of scopesOfPath(path)) {
    const allocation = byScope.get(scope)
    if (allocation !== undefined) return allocation
  }
  return undefined
}

type AllocationsByScope = ReadonlyMap<ScopeId, Allocation>

const kept = new WeakMap<SpendView, { readonly offset: number; readonly byScope: AllocationsByScope }>()

/** Made once per state of the view: looked through for each path, ten thousand allocations take ten thousand times as long. */
function allocationsByScope(view: SpendView): AllocationsByScope {
  const known = kept.get(view)
  if (known?.offset === view.meteringOffset) return known.byScope
  const byScope = new Map<ScopeId, Allocation>()
  for (const allocation of view.entities.allocation.values()) {
    const other = byScope.get(allocation.scope)
    if (other === undefined || allocation.id < other.id) byScope.set(allocation.scope, allocation)
  }
  kept.set(view, { offset: view.meteringOffset, byScope })
  return byScope
}
