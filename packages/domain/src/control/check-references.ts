import type { OrganizationView } from '../organization/organization-view.ts'
import type { ControlEntityKind } from './control-entities.ts'
import { CONTROL_ENTITY_KINDS } from './control-entities.ts'
import type { ControlChange, Refusal } from './control-event.ts'
import { referencesOf } from './references.ts'

const MAX_NAMED = 5

/** Why these changes together would leave a name that nobody carries; `undefined` when they would not. */
export function brokenReference(
  view: OrganizationView,
  changes: readonly ControlChange[],
): Refusal | undefined {
  const changed = new Map(changes.map((change) => [`${change.kind} ${change.id}`, change.type]))
  const exists = (kind: ControlEntityKind, id: string): boolean => {
    const type = changed.get(`${kind} ${id}`)
    return type === undefined ? view.entities[kind].has(id) : type === 'put'
  }
  for (const change of changes) {
    if (change.type === 'removed') continue
    const missing = referencesOf(change.kind, change.data as never).find(({ kind, id }) => !exists(kind, id))
    if (missing === undefined) continue
    const { field, kind, id } = missing
    return { code: 'unknown_reference', field, message: `there is no ${words(kind)} "${id}"` }
  }
  return stillNamed(view, changes, changed)
}

function stillNamed(
  view: OrganizationView,
  changes: readonly ControlChange[],
  changed: ReadonlyMap<string, ControlChange['type']>,
): Refusal | undefined {
  // Of an organization that is replaced, the new one takes the place.
  const removed = changes.filter(({ type, kind }) => type === 'removed' && kind !== 'organization')
  if (removed.length === 0) return undefined
  const gone = new Set(removed.map(({ kind, id }) => `${kind} ${id}`))
  const kindsGone = new Set(removed.map(({ kind }) => kind))
  const naming: string[] = []
  for (const kind of CONTROL_ENTITY_KINDS) {
    for (const [id, entity] of view.entities[kind]) {
      // What is put in the same command was looked at in its new form.
      if (changed.has(`${kind} ${id}`)) continue
      const named = referencesOf(kind, entity).find(
        (to) => kindsGone.has(to.kind) && gone.has(`${to.kind} ${to.id}`),
      )
      if (named !== undefined) naming.push(`${words(kind)} "${id}"`)
      if (naming.length >= MAX_NAMED) break
    }
  }
  if (naming.length === 0) return undefined
  const who = removed.map(({ kind, id }) => `${words(kind)} "${id}"`).slice(0, MAX_NAMED)
  return {
    code: 'still_in_use',
    message: `${who.join(', ')} cannot be removed: still named by ${naming.join(', ')}`,
  }
}

function words(kind: string): string {
  return kind.replaceAll('_', ' ')
}
