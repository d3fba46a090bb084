import { placesOf } from '../access/covers.ts'
import { brokenChanges, brokenReference } from '../control/check-references.ts'
import type { ControlChange, Refusal } from '../control/control-event.ts'
import { allocationProblems } from '../limits/check-allocations.ts'
import { viewWith } from '../organization/view-with.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { scopeTaken } from './allocation-terms.ts'

/** A change that cannot be made before a request is approved, and what stands against it until then. */
export interface HeldChange {
  readonly change: ControlChange
  readonly why: Refusal
}

/**
 * Parts the changes of a file into those that can be made now and those that need the change of a standing allocation first: a new
 * allocation that has no room yet, what is removed and still has an allocation, and whatever goes with these. To be called with changes
 * that are right together with what is asked for: so each that is held can be made once that is approved.
 */
export function holdBack(
  view: OrganizationView,
  changes: readonly ControlChange[],
): { readonly now: readonly ControlChange[]; readonly held: readonly HeldChange[] } {
  let now = changes
  const held: HeldChange[] = []
  // Each round holds at least one more, since what is held may be what another needs.
  for (;;) {
    const hindered = [...withoutRoom(view, now), ...withoutNames(view, now), ...belowHeld(view, now, held)]
    if (hindered.length === 0) return { now, held }
    const found = new Map(hindered.map((each) => [each.change, each]))
    held.push(...found.values())
    now = now.filter((change) => !found.has(change))
  }
}

/** Of several for which there is not enough room, all: none of them is more due than another. */
function withoutRoom(view: OrganizationView, changes: readonly ControlChange[]): HeldChange[] {
  const puts = new Map(changes.filter(isAllocation).map((change) => [change.id, change]))
  if (puts.size === 0) return []
  const after = viewWith(view, changes)
  const problems = new Map<string, Refusal>(
    allocationProblems(after, after.entities.allocation, [...puts.keys()]).map((why) => [why.about.id, why]),
  )
  return [...puts].flatMap(([id, change]) => {
    const why = scopeTaken(after, change.data) ?? problems.get(id)
    return why === undefined ? [] : [{ change, why }]
  })
}

function withoutNames(view: OrganizationView, changes: readonly ControlChange[]): HeldChange[] {
  if (brokenReference(view, changes) === undefined) return []
  return brokenChanges(view, changes).map(({ change, refusal }) => ({ change, why: refusal }))
}

/** A new allocation below one that waits would draw on the one above both, and is only meant to draw on the one that waits. */
function belowHeld(
  view: OrganizationView,
  changes: readonly ControlChange[],
  held: readonly HeldChange[],
): HeldChange[] {
  const waiting = new Map(
    held.flatMap(({ change }) =>
      isAllocation(change) && !view.entities.allocation.has(change.id)
        ? [[change.data.scope, change.id]]
        : [],
    ),
  )
  if (waiting.size === 0) return []
  const after = viewWith(view, changes)
  return changes.filter(isAllocation).flatMap((change) => {
    const above = placesOf(after, change.data.scope).find((place) => waiting.has(place))
    if (above === undefined || view.entities.allocation.has(change.id)) return []
    const message = `it draws on the allocation "${waiting.get(above) ?? ''}", which waits itself`
    return [{ change, why: { code: 'above_waits', message } }]
  })
}

type AllocationPut = Extract<ControlChange, { kind: 'allocation'; type: 'put' }>

const isAllocation = (change: ControlChange): change is AllocationPut =>
  change.kind === 'allocation' && change.type === 'put'
