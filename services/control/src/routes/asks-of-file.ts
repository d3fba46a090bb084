import type { DesiredEntities, EntityChange } from '@meterline/contract'
import { changedTerms, onStandingTerms } from '@meterline/domain'
import type { Allocation, AllocationAsk, ControlChange } from '@meterline/domain'

type Asks = ReadonlyMap<string, AllocationAsk>

type Allocations = ReadonlyMap<string, Allocation>

/** What a file wants of standing allocations that takes an approval. */
export function asksOfFile(desired: DesiredEntities, standing: Allocations): Asks {
  const asks = new Map<string, AllocationAsk>()
  for (const [id, before] of standing) {
    const wanted = desired.allocation.get(id)
    if (wanted === undefined) {
      if (desired.authoritative.has('allocation')) asks.set(id, 'removal')
      continue
    }
    const terms = changedTerms(before, wanted)
    if (Object.keys(terms).length > 0) asks.set(id, terms)
  }
  return asks
}

/** The allocations as far as the file may change them by itself. */
export function directly(desired: DesiredEntities, standing: Allocations, asks: Asks): Allocations {
  const kept = [...asks].flatMap(([id, ask]) => {
    const before = standing.get(id)
    return ask !== 'removal' || before === undefined ? [] : [[id, before] as const]
  })
  const wanted = [...desired.allocation].map(([id, allocation]) => {
    const before = standing.get(id)
    return [id, before === undefined ? allocation : onStandingTerms(before, allocation)] as const
  })
  return new Map([...wanted, ...kept])
}

/** What the file comes to when all that it asks for is approved; `changes` are those that it makes by itself. */
export function wantedChanges(
  changes: readonly ControlChange[],
  desired: DesiredEntities,
  asks: Asks,
): readonly ControlChange[] {
  const asked = [...asks.keys()].map((id): ControlChange => {
    const data = desired.allocation.get(id)
    return data === undefined
      ? { kind: 'allocation', id, type: 'removed' }
      : { kind: 'allocation', id, type: 'put', data }
  })
  return [...changes.filter(({ kind, id }) => kind !== 'allocation' || !asks.has(id)), ...asked]
}

/** Of a changed allocation, the fields that the request is for. */
export function onlyAsked(change: EntityChange, asks: Asks): EntityChange {
  const ask = asks.get(change.id)
  if (ask === undefined || ask === 'removal') return change
  return { ...change, fields: change.fields.filter(({ field }) => field in ask) }
}
