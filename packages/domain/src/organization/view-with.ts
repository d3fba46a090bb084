import type { ControlChange } from '../control/control-event.ts'
import type { OrganizationView } from './organization-view.ts'

/**
 * The organization as these changes would leave it, to hold them against one another. The view itself is not touched, and the ledger
 * is the same: no balances follow from it.
 */
export function viewWith(view: OrganizationView, changes: readonly ControlChange[]): OrganizationView {
  const kinds = new Set<string>(changes.map(({ kind }) => kind))
  // Each kind keeps the map of its own entities.
  const entities = Object.fromEntries(
    Object.entries(view.entities).map(([kind, known]) => [
      kind,
      kinds.has(kind) ? new Map<string, unknown>(known) : known,
    ]),
  ) as OrganizationView['entities']
  for (const change of changes) {
    const known: Map<string, unknown> = entities[change.kind]
    // One organization per log.
    if (change.kind === 'organization') known.clear()
    if (change.type === 'put') known.set(change.id, change.data)
    else known.delete(change.id)
  }
  return { ...view, entities }
}
