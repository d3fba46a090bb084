import type { OrganizationView } from '../../organization/organization-view.ts'
import type { AlertRoute } from '../alert-entities.ts'
import type { SpendAlert } from '../spend-alert.ts'
import { defaultRoute } from './default-routes.ts'
import type { KeptAlert } from './kept-alerts.ts'
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

/**
 * As `routesOf`, worked out once for each version of an alert until the organization changes in what routes follow from: a book asks
 * every second, of every alert that lasts, and may have to look at every person and role.
 */
export function createKeptRoutes(view: OrganizationView): (kept: KeptAlert) => readonly AlertRoute[] {
  let routes = new WeakMap<KeptAlert, readonly AlertRoute[]>()
  let offset = view.routingOffset
  return (kept) => {
    if (offset !== view.routingOffset) routes = new WeakMap()
    offset = view.routingOffset
    const known = routes.get(kept)
    if (known !== undefined) return known
    const found = routesOf(kept.alert, view)
    routes.set(kept, found)
    return found
  }
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
