import { brokenReference } from '../control/check-references.ts'
import type { CommandHead, Decision } from '../control/control-event.ts'
import { refuse } from '../control/refuse.ts'
import { LedgerDraft } from '../ledger/ledger-draft.ts'
import { latestEndMs } from '../ledger/temporary-credits.ts'
import { allocationProblem } from '../limits/check-allocations.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { scopeKind, type ScopeKind } from '../scope/scope.ts'
import { asksOf, onTerms } from './allocation-terms.ts'
import { noteOnIncident } from './incident-steps.ts'
import type { CreditRequest, RequestKind } from './request-entities.ts'

/** Unanswered for so long, a request expires, unless it says another time itself. */
export const ANSWER_WITHIN_MS = 7 * 86_400_000
/** The longest that a boost of a user or a key lasts. */
export const MAX_BOOST_MS = 92 * 86_400_000
export const MAX_ALLOCATIONS_CHANGED = 1_000

export type RequestInput = Pick<CreditRequest, 'id' | 'kind' | 'subject' | 'credits_micro' | 'description'> &
  Partial<
    Pick<
      CreditRequest,
      | 'allocations'
      | 'allocation_terms'
      | 'removed_allocations'
      | 'answer_by_ms'
      | 'ends_at_ms'
      | 'incident'
      | 'origin'
    >
  >

/** Somebody asks for credits. The request waits for its approvers; who they are follows from its kind and subject. */
export function submitRequest(view: OrganizationView, input: RequestInput, head: CommandHead): Decision {
  const request = requestOf(input, head)
  const refused = problemOf(view, request, head)
  if (refused !== undefined) return refused
  const draft = new LedgerDraft(view, head)
  draft.change({ kind: 'request', id: request.id, type: 'put', data: request })
  if (request.incident !== null) {
    noteOnIncident(draft, request.incident, {
      state: 'awaiting_approval',
      request: request.id,
      what: `top-up requested: ${request.description}`,
    })
  }
  return { ok: true, changes: draft.changes() }
}

/** The request as it is asked, not held against anything yet. */
export function requestOf(input: RequestInput, head: CommandHead): CreditRequest {
  const { id, kind, subject, credits_micro, description } = input
  const { allocations, allocation_terms, removed_allocations, origin } = input
  return {
    id,
    kind,
    requested_by: head.actor,
    requested_at_ms: head.atMs,
    subject,
    credits_micro: kind === 'allocation_change' ? 0 : credits_micro,
    ...(allocations === undefined ? {} : { allocations }),
    ...(allocation_terms === undefined ? {} : { allocation_terms }),
    ...(removed_allocations === undefined ? {} : { removed_allocations }),
    description,
    state: 'pending',
    approvals: [],
    declined: null,
    ...(origin === undefined ? {} : { origin }),
    answer_by_ms: input.answer_by_ms ?? head.atMs + ANSWER_WITHIN_MS,
    ends_at_ms: input.ends_at_ms ?? null,
    incident: input.incident ?? null,
  }
}

const SUBJECTS: Readonly<Record<RequestKind, ReadonlySet<ScopeKind>>> = {
  boost: new Set(['user', 'api_key', 'allocation']),
  top_up: new Set(['allocation']),
  reserve_draw: new Set(['allocation']),
  allocation_change: new Set(['org', 'billing_group', 'department', 'team', 'project', 'allocation']),
}

function problemOf(view: OrganizationView, request: CreditRequest, head: CommandHead): Decision | undefined {
  const { id, kind, subject, credits_micro, description, answer_by_ms } = request
  if (view.entities.request.has(id))
    return refuse('already_exists', `the request "${id}" is there already`, 'id')
  if (description.trim() === '')
    return refuse('invalid', 'a request describes the work that the credits are for', 'description')
  if (!SUBJECTS[kind].has(scopeKind(subject)))
    return refuse('invalid', `a ${kind} is for one of: ${[...SUBJECTS[kind]].join(', ')}`, 'subject')
  if (answer_by_ms <= head.atMs)
    return refuse('invalid', 'the time to answer is over already', 'answer_by_ms')
  if (kind !== 'allocation_change' && (!Number.isSafeInteger(credits_micro) || credits_micro <= 0))
    return refuse('invalid', 'a request asks for a positive sum of credits', 'credits_micro')
  return (
    unknownSubject(view, request) ??
    endProblem(view, request, head) ??
    (kind === 'allocation_change' ? changeProblem(view, request) : undefined) ??
    incidentProblem(view, request)
  )
}

function unknownSubject(view: OrganizationView, { subject }: CreditRequest): Decision | undefined {
  const id = subject.slice(subject.indexOf(':') + 1)
  const kind = scopeKind(subject)
  // Users may be known by their events alone.
  const isKnown = kind === 'allocation' || kind === 'api_key' ? view.entities[kind].has(id) : true
  return isKnown ? undefined : refuse('not_found', `there is no ${kind} "${id}"`, 'subject')
}

/** When an approval may let a request end; also asked when it is approved. */
export function endProblem(
  view: OrganizationView,
  { kind, subject, ends_at_ms }: CreditRequest,
  head: CommandHead,
): Decision | undefined {
  if (ends_at_ms === null) return undefined
  if (kind === 'allocation_change' || kind === 'reserve_draw')
    return refuse('invalid', `a ${kind} has no end of its own`, 'ends_at_ms')
  if (ends_at_ms <= head.atMs) return refuse('invalid', 'the end is over already', 'ends_at_ms')
  const isLedgers = scopeKind(subject) === 'allocation'
  const latest = isLedgers ? latestEndMs({ view, head }) : head.atMs + MAX_BOOST_MS
  if (ends_at_ms <= latest) return undefined
  const why = isLedgers ? 'the period ends then' : 'a boost lasts no longer'
  return refuse('invalid', `at the latest ${new Date(latest).toISOString()}: ${why}`, 'ends_at_ms')
}

function changeProblem(view: OrganizationView, request: CreditRequest): Decision | undefined {
  const asks = asksOf(request)
  if (asks.size === 0 || asks.size > MAX_ALLOCATIONS_CHANGED)
    return refuse(
      'invalid',
      `between 1 and ${MAX_ALLOCATIONS_CHANGED} allocations are changed at once`,
      'allocations',
    )
  const changed = new Map(view.entities.allocation)
  for (const [id, ask] of asks) {
    const allocation = changed.get(id)
    if (allocation === undefined)
      return refuse('not_found', `there is no allocation "${id}"`, `allocations.${id}`)
    if (ask === 'removal') changed.delete(id)
    else changed.set(id, onTerms(allocation, ask))
  }
  for (const id of asks.keys()) {
    const problem = allocationProblem(view, changed, id)
    if (problem !== undefined) return { ok: false, refusal: { ...problem, field: `allocations.${id}` } }
  }
  const removals = [...asks].filter(([, ask]) => ask === 'removal')
  const named = brokenReference(
    view,
    removals.map(([id]) => ({ kind: 'allocation', id, type: 'removed' }) as const),
  )
  return named === undefined ? undefined : { ok: false, refusal: named }
}

function incidentProblem(
  view: OrganizationView,
  { kind, subject, incident }: CreditRequest,
): Decision | undefined {
  if (incident === null) return undefined
  const known = view.entities.incident.get(incident)
  if (known === undefined || kind !== 'top_up' || subject !== `allocation:${known.allocation}`)
    return refuse('invalid', 'an incident is answered by a top-up of its allocation', 'incident')
  if (known.state !== 'open')
    return refuse(
      'wrong_state',
      `the incident is ${known.state}; a top-up is asked for while it is open`,
      'incident',
    )
  if (known.criticality === null)
    return refuse(
      'wrong_state',
      `an engineering lead states the criticality first: npx meterline incidents criticality ${known.id} '<what is at stake>'`,
      'incident',
    )
  return undefined
}
