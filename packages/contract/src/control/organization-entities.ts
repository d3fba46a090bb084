import type { ControlEntities, ControlEntityKind, OrganizationEntities } from '@meterline/domain'

import { allocationOf } from './allocation-entry.ts'
import { keyDefinition } from './key-entry.ts'
import type { KeyDefinition } from './key-entry.ts'
import type { OrganizationFile } from './organization-file.ts'
import { rateCardOf } from './rate-card-entry.ts'
import { furtherEntities } from './resources/further-sections.ts'
import type { FurtherEntities } from './resources/further-sections.ts'

/** What the control log holds, by kind and id. */
export type EntitySet = {
  readonly [K in ControlEntityKind]: ReadonlyMap<string, ControlEntities[K]>
}

/** What the control log should hold according to an organization file. */
export type DesiredEntities = {
  readonly [K in Exclude<keyof OrganizationEntities, 'api_key'>]: ReadonlyMap<string, OrganizationEntities[K]>
} & {
  readonly api_key: ReadonlyMap<string, KeyDefinition>
  /** The other sections that the file has, by kind, without what no file holds (passwords). */
  readonly further: FurtherEntities
  /** Kinds whose section the file has: what is not in it is removed. */
  readonly authoritative: ReadonlySet<ControlEntityKind>
}

/** Flattens a parsed file into the entities of the control log; credits become micro-credits, percentages shares. */
export function organizationEntities(file: OrganizationFile): DesiredEntities {
  const groups = file.billing_groups ?? []
  const departments = groups.flatMap((group) => group.departments.map((entry) => ({ group, entry })))
  const teams = departments.flatMap(({ entry: parent }) => parent.teams.map((entry) => ({ parent, entry })))
  const projects = teams.flatMap(({ entry: parent }) => parent.projects.map((entry) => ({ parent, entry })))
  const further = furtherEntities(file)
  return {
    organization: byId([file.organization]),
    billing_group: byId(groups.map(({ id, name }) => ({ id, name }))),
    department: byId(
      departments.map(({ group, entry: { id, name } }) => ({ id, name, billing_group: group.id })),
    ),
    team: byId(
      teams.map(({ parent, entry: { id, name, cost_center } }) => ({
        id,
        name,
        department: parent.id,
        cost_center,
      })),
    ),
    project: byId(
      projects.map(({ parent, entry: { id, name, cost_center } }) => ({
        id,
        name,
        team: parent.id,
        ...(cost_center === undefined ? {} : { cost_center }),
      })),
    ),
    api_key: byId((file.keys ?? []).map(keyDefinition)),
    allocation: byId((file.allocations ?? []).map((entry) => allocationOf(entry, file.alert_tiers))),
    rate_card: byId((file.rate_cards ?? []).map(rateCardOf)),
    further,
    authoritative: new Set<ControlEntityKind>([
      'organization',
      ...(file.billing_groups === undefined ? [] : TREE),
      ...(file.keys === undefined ? [] : (['api_key'] as const)),
      ...(file.allocations === undefined ? [] : (['allocation'] as const)),
      ...(file.rate_cards === undefined ? [] : (['rate_card'] as const)),
      ...further.keys(),
    ]),
  }
}

const TREE = ['billing_group', 'department', 'team', 'project'] as const

function byId<T extends { readonly id: string }>(entities: readonly T[]): ReadonlyMap<string, T> {
  return new Map(entities.map((entity) => [entity.id, entity]))
}
