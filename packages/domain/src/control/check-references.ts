import type { OrganizationView } from '../organization/organization-view.ts'
import type { ControlEntityKind } from './control-entities.ts'
import { CONTROL_ENTITY_KINDS } from './control-entities.ts'
import type { ControlChange, Refusal } from './control-event.ts'
import { referencesOf } from './references.ts'

const MAX_NAMED = 5

type Put = Extract<ControlChange, { type: 'put' }>
type Removal = Extract<ControlChange, { type: 'removed' }>
/** What becomes of each entity that the command is about, by kind and id. */
type Changed = ReadonlyMap<string, ControlChange['type']>

/** Why these changes together would leave a name that nobody carries; `undefined` when they would not. */
export function brokenReference(
  view: OrganizationView,
  changes: readonly ControlChange[],
): Refusal | undefined {
  const changed = changedBy(changes)
  for (const change of changes) {
    const missing = change.type === 'put' ? missingName(view, changed, change) : undefined
    if (missing !== undefined) return missing
  }
  // Of an organization that is replaced, the new one takes the place.
  const removed = changes.filter(isRemoval).filter(({ kind }) => kind !== 'organization')
  return stillNamed(view, changed, removed)
}

/** Of these changes, each that leaves such a name: what it names is not there, or what it removes is still named. */
export function brokenChanges(
  view: OrganizationView,
  changes: readonly ControlChange[],
): readonly { readonly change: ControlChange; readonly refusal: Refusal }[] {
  const changed = changedBy(changes)
  return changes.flatMap((change) => {
    if (change.kind === 'organization') return []
    const refusal =
      change.type === 'put' ? missingName(view, changed, change) : stillNamed(view, changed, [change])
    return refusal === undefined ? [] : [{ change, refusal }]
  })
}

function changedBy(changes: readonly ControlChange[]): Changed {
  return new Map(changes.map((change) => [`${change.kind} ${change.id}`, change.type]))
}

function missingName(view: OrganizationView, changed: Changed, change: Put): Refusal | undefined {
  const exists = (kind: ControlEntityKind, id: string): boolean => {
    const type = changed.get(`${kind} ${id}`)
    return type === undefined ? view.entities[kind].has(id) : type === 'put'
  }
  const missing = referencesOf(change.kind, change.data as never).find(({ kind, id }) => !exists(kind, id))
  if (missing === undefined) return undefined
  const { field, kind, id } = missing
  const about = { kind: change.kind, id: change.id }
  return { code: 'unknown_reference', field, about, message: `there is no ${words(kind)} "${id}"` }
}

function stillNamed(
  view: OrganizationView,
  changed: Changed,
  removed: readonly Removal[],
): Refusal | undefined {
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

const isRemoval = (change: ControlChange): change is Removal => change.type === 'removed'

function words(kind: string): string {
  return kind.replaceAll('_', ' ')
}
