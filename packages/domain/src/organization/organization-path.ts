import { scopeId, type ScopeId } from '../scope/scope.ts'
import type { Allocation, ApiKey } from './organization.ts'
import { settingsOf, type OrganizationView } from './organization-view.ts'

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
export function pathOfTeam(view: OrganizationView, teamId: string): OrganizationPath | undefined {
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
export function pathOfProject(view: OrganizationView, projectId: string): OrganizationPath | undefined {
  const project = view.entities.project.get(projectId)
  if (project === undefined) return undefined
  const path = pathOfTeam(view, project.team)
  if (path === undefined) return undefined
  return { ...path, project: projectId, cost_center: project.cost_center ?? path.cost_center }
}

/** `undefined` when the key's project, or the team of that, is unknown. */
export function pathOfKey(view: OrganizationView, key: ApiKey): OrganizationPath | undefined {
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
export function allocationOfPath(view: OrganizationView, path: OrganizationPath): Allocation | undefined {
  const scopes = scopesOfPath(path)
  let found: Allocation | undefined
  let level = scopes.length
  for (const allocation of view.entities.allocation.values()) {
    const at = scopes.indexOf(allocation.scope)
    if (at === -1 || at > level) continue
    if (at === level && found !== undefined && found.id < allocation.id) continue
    found = allocation
    level = at
  }
  return found
}
