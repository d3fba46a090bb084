import type { CommandHead, Decision } from '../control/control-event.ts'
import { refuse } from '../control/refuse.ts'
import { LedgerDraft } from '../ledger/ledger-draft.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { scopesOfRequest, sidesNeeded, sidesOf } from './approver-sides.ts'
import { answerProblem } from './approve-request.ts'
import { noteOnIncident } from './incident-steps.ts'
import type { CreditRequest } from './request-entities.ts'

/** A no, by anybody whose yes would count. It ends the request. */
export function declineRequest(
  view: OrganizationView,
  { request: id, reason }: { readonly request: string; readonly reason: string },
  head: CommandHead,
): Decision {
  const request = view.entities.request.get(id)
  const refused = answerProblem(request, id, head)
  if (refused !== undefined || request === undefined) return refused ?? refuse('not_found', 'no such request')
  if (reason.trim() === '') return refuse('invalid', 'whoever declines says why', 'reason')
  const open = sidesOf(view, head.actor, scopesOfRequest(request))
  const needed = sidesNeeded(request)
  if (request.requested_by === head.actor || !needed.some((side) => open.has(side)))
    return refuse('not_an_approver', `a ${request.kind} is answered by ${needed.join(' and ')}`)
  const declined = { by: head.actor, at_ms: head.atMs, reason }
  return closed(
    view,
    { ...request, state: 'declined', declined },
    { head, what: `top-up declined: ${reason}` },
  )
}

/** The one who asked takes it back. */
export function withdrawRequest(
  view: OrganizationView,
  { request: id }: { readonly request: string },
  head: CommandHead,
): Decision {
  const request = view.entities.request.get(id)
  if (request === undefined) return refuse('not_found', `there is no request "${id}"`, 'request')
  if (request.state !== 'pending') return refuse('wrong_state', `the request is ${request.state}`, 'request')
  if (request.requested_by !== head.actor)
    return refuse('not_the_requester', 'only the one who asked takes a request back')
  const taken = { by: head.actor, at_ms: head.atMs, reason: 'taken back by the one who asked' }
  return closed(
    view,
    { ...request, state: 'withdrawn', closed: taken },
    { head, what: 'the request for a top-up was withdrawn' },
  )
}

function closed(
  view: OrganizationView,
  request: CreditRequest,
  { head, what }: { readonly head: CommandHead; readonly what: string },
): Decision {
  const draft = new LedgerDraft(view, head)
  closeRequest(draft, request, what)
  return { ok: true, changes: draft.changes() }
}

/** Puts a request that will not be carried out; its incident is open again, and can be answered by another. */
export function closeRequest(draft: LedgerDraft, request: CreditRequest, what: string): void {
  draft.change({ kind: 'request', id: request.id, type: 'put', data: request })
  if (request.incident !== null)
    noteOnIncident(draft, request.incident, { state: 'open', request: null, what })
}
