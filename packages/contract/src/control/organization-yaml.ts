import { stringify } from 'yaml'

import type { EntitySet } from './organization-entities.ts'
import { RESOURCE_LIST, RESOURCES } from './resources/resources.ts'

const LINE_WIDTH = 110

/** The organization as a file that `apply` would find nothing to change with. Sorted by id; what is empty is left out. */
export function organizationYaml(entities: EntitySet): string {
  const sections = RESOURCE_LIST.flatMap((resource): [string, unknown][] =>
    resource.section === null
      ? []
      : [
          [
            resource.section,
            sorted<object>(entities[resource.kind]).map((of) => resource.toEntry(of as never)),
          ],
        ],
  )
  const organization = entities.organization.values().next().value
  const content = {
    ...(organization === undefined ? {} : { organization: RESOURCES.organization.toEntry(organization) }),
    billing_groups: sorted(entities.billing_group).map(({ id, name }) => ({
      id,
      name,
      departments: departmentsOf(id, entities),
    })),
    ...Object.fromEntries(sections),
  }
  return stringify(withoutEmpty(content), { lineWidth: LINE_WIDTH, aliasDuplicateObjects: false })
}

function departmentsOf(billingGroup: string, entities: EntitySet): readonly object[] {
  return sorted(entities.department)
    .filter(({ billing_group }) => billing_group === billingGroup)
    .map(({ id, name }) => withoutEmpty({ id, name, teams: teamsOf(id, entities) }))
}

function teamsOf(department: string, entities: EntitySet): readonly object[] {
  return sorted(entities.team)
    .filter((team) => team.department === department)
    .map(({ id, name, cost_center }) =>
      withoutEmpty({ id, name, cost_center, projects: projectsOf(id, entities) }),
    )
}

function projectsOf(team: string, entities: EntitySet): readonly object[] {
  return sorted(entities.project)
    .filter((project) => project.team === team)
    .map(({ id, name, cost_center }) => ({ id, name, ...(cost_center === undefined ? {} : { cost_center }) }))
}

function sorted<T extends object>(entities: ReadonlyMap<string, T>): readonly T[] {
  return [...entities].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entity]) => entity)
}

function withoutEmpty(content: object): object {
  return Object.fromEntries(
    Object.entries(content).filter(([, value]) => !(Array.isArray(value) && value.length === 0)),
  )
}
