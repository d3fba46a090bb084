import type { OrganizationView } from '../../organization/organization-view.ts'
import type { AlertRoute } from '../alert-entities.ts'
import type { SpendAlert } from '../spend-alert.ts'
import { defaultRoute } from './default-routes.ts'
import { matchesAlert } from './match-alert.ts'

/**
 * The routes an alert takes: by position, until one that does not go on. An alert that none takes goes where it goes without any,
 * so that nothing is dropped by omission; a route without channels drops on purpose.
 */
export function routesOf(alert: SpendAlert, view: OrganizationView): readonly AlertRoute[] {
  const taken: AlertRoute[] = []
  for (const route of inOrder(view)) {
    if (!matchesAlert(route.match, alert, view)) continue
    taken.push(route)
    if (!route.continue) break
  }
  return taken.length > 0 ? taken : [defaultRoute(alert, view)]
}

/** The values of the route's `group_by` fields. */
export function groupOf(alert: SpendAlert, route: AlertRoute): string {
  return JSON.stringify(Object.fromEntries(route.group_by.map((field) => [field, alert[field]])))
}

function inOrder(view: OrganizationView): AlertRoute[] {
  return [...view.entities.alert_route.values()].sort(
    (a, b) => a.position - b.position || (a.id < b.id ? -1 : 1),
  )
}
