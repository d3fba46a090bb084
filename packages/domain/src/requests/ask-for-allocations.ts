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
  readonly request: string
  /** Opened by this very command. */
  readonly isNew: boolean
  readonly allocations: readonly string[]
}

export type AskedAllocations =
  | {
      readonly ok: true
      readonly changes: readonly ControlChange[]
      readonly waiting: readonly WaitingRequest[]
    }
  | Extract<Decision, { ok: false }>

/**
 * Asks for what a file wants of standing allocations: one request for all that no request waits for already, so that what depends on
 * one another (a sum and those below it) is approved together. Asked again while it waits, nothing is opened.
 */
export function askForAllocations(
  view: OrganizationView,
  { id, asks }: { readonly id: string; readonly asks: ReadonlyMap<string, AllocationAsk> },
  head: CommandHead,
): AskedAllocations {
  const pending = pendingChanges(view, head)
  const waiting = new Map<string, string[]>()
  const fresh = new Map<string, AllocationAsk>()
  for (const [allocation, ask] of asks) {
    const known = pending.find((request) => sameAsk(asksOf(request).get(allocation), ask))
    if (known === undefined) fresh.set(allocation, ask)
    else waiting.set(known.id, [...(waiting.get(known.id) ?? []), allocation])
  }
  const open = [...waiting].map(([request, allocations]) => ({ request, isNew: false, allocations }))
  if (fresh.size === 0) return { ok: true, changes: [], waiting: open }
  if (fresh.size > MAX_ALLOCATIONS_CHANGED) {
    const refused = refuse(
      'invalid',
      `at most ${MAX_ALLOCATIONS_CHANGED} standing allocations are changed at once`,
    )
    if (!refused.ok) return refused
  }
  const allocations = [...fresh.keys()].sort()
  const [only] = allocations
  const data = requestOf(
    {
      id,
      kind: 'allocation_change',
      subject: allocations.length === 1 ? `allocation:${only ?? ''}` : organizationScope(view),
      credits_micro: 0,
      ...fieldsOfAsks(fresh),
      description: `as an organization file has it: ${named(allocations)}`,
    },
    head,
  )
  return {
    ok: true,
    changes: [{ kind: 'request', id, type: 'put', data }],
    waiting: [...open, { request: id, isNew: true, allocations }],
  }
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
