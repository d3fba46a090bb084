import type { CommandHead, ControlChange, Decision } from '../control/control-event.ts'
import { refuse } from '../control/refuse.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { organizationScope } from '../access/covers.ts'
import type { AllocationAsk } from './allocation-terms.ts'
import { asksOf, fieldsOfAsks, sameAsk } from './allocation-terms.ts'
import type { CreditRequest } from './request-entities.ts'
import { MAX_ALLOCATIONS_CHANGED, requestOf } from './submit-request.ts'

/** A request that waits for its approvers, and the allocations of the file that it speaks for. */
export interface WaitingRequest {
  readonly request: CreditRequest
  /** Opened by this very command. */
  readonly isNew: boolean
  readonly allocations: readonly string[]
}

export type AskedAllocations =
  | {
      readonly ok: true
      readonly changes: readonly ControlChange[]
      readonly waiting: readonly WaitingRequest[]
      /** Requests of earlier files that this one puts aside, as they are now. */
      readonly closed: readonly CreditRequest[]
    }
  | Extract<Decision, { ok: false }>

type Asks = ReadonlyMap<string, AllocationAsk>

/**
 * Asks for what a file wants of standing allocations; what `asks` does not name, the file wants as it is. One request for all that no
 * request waits for already, so that what depends on one another (a sum and those below it) is approved together. Asked again while it
 * waits, nothing is opened. Of what earlier files asked, only what this one asks too goes on: no allocation has two such requests, and
 * nobody can approve what no file says any more. What people asked by hand is theirs.
 */
export function askForAllocations(
  view: OrganizationView,
  { id, asks }: { readonly id: string; readonly asks: Asks },
  head: CommandHead,
): AskedAllocations {
  const pending = pendingChanges(view, head)
  const stale = pending.filter((request) => request.origin === 'file' && !isAskedBy(request, asks))
  const { waiting, fresh } = alreadyAsked(
    pending.filter((request) => !stale.includes(request)),
    asks,
  )
  if (fresh.size > MAX_ALLOCATIONS_CHANGED) {
    const message = `at most ${MAX_ALLOCATIONS_CHANGED} standing allocations are changed at once; apply the file in parts`
    const refused = refuse('invalid', message)
    if (!refused.ok) return refused
  }
  const opened = fresh.size === 0 ? undefined : requestFor(view, { id, asks: fresh }, head)
  const closed = stale.map((request) => closedBy(request, { opened, waiting }, head))
  const isOpened = opened === undefined ? [] : [opened]
  return {
    ok: true,
    changes: [...closed, ...isOpened].map((data) => ({ kind: 'request', id: data.id, type: 'put', data })),
    waiting: [
      ...waiting,
      ...isOpened.map((request) => ({ request, isNew: true, allocations: [...fresh.keys()].sort() })),
    ],
    closed,
  }
}

/** Whether a request asks nothing but what the file asks. */
function isAskedBy(request: CreditRequest, asks: Asks): boolean {
  return [...asksOf(request)].every(([allocation, ask]) => sameAsk(asks.get(allocation), ask))
}

function alreadyAsked(
  pending: readonly CreditRequest[],
  asks: Asks,
): { readonly waiting: readonly WaitingRequest[]; readonly fresh: Asks } {
  const waiting = new Map<CreditRequest, string[]>()
  const fresh = new Map<string, AllocationAsk>()
  for (const [allocation, ask] of asks) {
    const known = pending.find((request) => sameAsk(asksOf(request).get(allocation), ask))
    if (known === undefined) fresh.set(allocation, ask)
    else waiting.set(known, [...(waiting.get(known) ?? []), allocation])
  }
  const open = [...waiting].map(([request, allocations]) => ({ request, isNew: false, allocations }))
  return { waiting: open, fresh }
}

function requestFor(
  view: OrganizationView,
  { id, asks }: { readonly id: string; readonly asks: Asks },
  head: CommandHead,
): CreditRequest {
  const allocations = [...asks.keys()].sort()
  const [only] = allocations
  return requestOf(
    {
      id,
      kind: 'allocation_change',
      subject: allocations.length === 1 ? `allocation:${only ?? ''}` : organizationScope(view),
      credits_micro: 0,
      ...fieldsOfAsks(asks),
      description: `as an organization file has it: ${named(allocations)}`,
      origin: 'file',
    },
    head,
  )
}

/** Superseded by the request that asks for one of its allocations now; withdrawn where the file asks for none of them any more. */
function closedBy(
  request: CreditRequest,
  by: { readonly opened: CreditRequest | undefined; readonly waiting: readonly WaitingRequest[] },
  { actor, atMs }: CommandHead,
): CreditRequest {
  const next = [
    ...(by.opened === undefined ? [] : [by.opened]),
    ...by.waiting.map((each) => each.request),
  ].find((other) => [...asksOf(request).keys()].some((allocation) => asksOf(other).has(allocation)))
  const closed = { by: actor, at_ms: atMs }
  if (next === undefined) {
    const reason = 'an organization file that was applied later no longer asks for it'
    return { ...request, state: 'withdrawn', closed: { ...closed, reason } }
  }
  const reason = `an organization file that was applied later asks for something else: ${next.id}`
  return { ...request, state: 'superseded', closed: { ...closed, reason }, superseded_by: next.id }
}

function pendingChanges(view: OrganizationView, { atMs }: CommandHead): readonly CreditRequest[] {
  return [...view.entities.request.values()].filter(
    ({ kind, state, answer_by_ms }) =>
      kind === 'allocation_change' && state === 'pending' && answer_by_ms > atMs,
  )
}

const MAX_NAMED = 5

function named(ids: readonly string[]): string {
  const more = ids.length > MAX_NAMED ? ` and ${ids.length - MAX_NAMED} more` : ''
  return `${ids.slice(0, MAX_NAMED).join(', ')}${more}`
}
