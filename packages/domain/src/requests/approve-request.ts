import { brokenReference } from '../control/check-references.ts'
import type { CommandHead, Decision } from '../control/control-event.ts'
import { credits, refuse } from '../control/refuse.ts'
import { fundAllocations } from '../ledger/fund-allocations.ts'
import { LedgerDraft } from '../ledger/ledger-draft.ts'
import type { SpendTotals } from '../ledger/spend-totals.ts'
import { giveRequested, latestEndMs } from '../ledger/temporary-credits.ts'
import { allocationProblem } from '../limits/check-allocations.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { scopeKind } from '../scope/scope.ts'
import { asksOf, onTerms } from './allocation-terms.ts'
import { ROLES_OF, scopesOfRequest, sidesMissing, sidesNeeded, sidesOf } from './approver-sides.ts'
import { noteOnIncident } from './incident-steps.ts'
import type { ApprovalSide, CreditRequest } from './request-entities.ts'
import { endProblem } from './submit-request.ts'

export interface ApprovalInput {
  readonly request: string
  readonly note: string
  /** Which side the approver takes; the first one that is missing and open to them, when left out. */
  readonly side?: ApprovalSide
  /** Until when it holds. Stated by the first approver at the latest: whoever comes second approves the same. */
  readonly ends_at_ms?: number
}

/**
 * One person's yes. With the last side that was missing, the request is carried out in the same decision: credits move, sums change,
 * the incident is resolved. The totals say what an allocation that is made smaller has already spent.
 */
export function approveRequest(
  view: OrganizationView,
  { input, totals }: { readonly input: ApprovalInput; readonly totals: SpendTotals },
  head: CommandHead,
): Decision {
  const known = view.entities.request.get(input.request)
  const refused = answerProblem(known, input.request, head)
  if (refused !== undefined || known === undefined) return refused ?? refuse('not_found', 'no such request')
  if (known.requested_by === head.actor)
    return refuse(
      'separation_of_duties',
      `nobody approves a request of their own: it needs a yes of ${sidesMissing(known).join(' and of ')}, of other people`,
    )
  if (known.approvals.some(({ by }) => by === head.actor))
    return refuse(
      'separation_of_duties',
      `you have approved it already; the yes of ${sidesMissing(known).join(' and of ')} is for somebody else`,
    )
  const side = sideTaken(view, { request: known, wanted: input.side }, head)
  if (typeof side !== 'string') return side
  const ended = withEnd(view, { request: known, endsAtMs: input.ends_at_ms }, head)
  if ('ok' in ended) return ended
  const approvals = [...known.approvals, { by: head.actor, side, at_ms: head.atMs, note: input.note }]
  return carryOut(new LedgerDraft(view, head), { ...ended, approvals }, totals)
}

/** Whether a request can be answered at all. */
export function answerProblem(
  request: CreditRequest | undefined,
  id: string,
  head: CommandHead,
): Decision | undefined {
  if (request === undefined) return refuse('not_found', `there is no request "${id}"`, 'request')
  if (request.state !== 'pending') return refuse('wrong_state', standingOf(request), 'request')
  if (request.answer_by_ms <= head.atMs) return refuse('wrong_state', 'the time to answer is over', 'request')
  return undefined
}

function standingOf({ id, state, superseded_by: next, approvals }: CreditRequest): string {
  if (state === 'superseded') return `the request "${id}" is superseded by "${next ?? ''}": answer that one`
  if (state !== 'approved') return `the request "${id}" is ${state}; ask with a new one`
  return `the request "${id}" was approved already, by ${approvals.map(({ by }) => by).join(' and ')}`
}

function sideTaken(
  view: OrganizationView,
  { request, wanted }: { readonly request: CreditRequest; readonly wanted: ApprovalSide | undefined },
  head: CommandHead,
): ApprovalSide | Decision {
  const missing = sidesMissing(request)
  const open = sidesOf(view, head.actor, scopesOfRequest(request))
  const side = missing.find((each) => open.has(each) && (wanted === undefined || each === wanted))
  if (side !== undefined) return side
  const needed = sidesNeeded(request)
  const yours = needed.filter((each) => open.has(each))
  const given = request.approvals.map(({ by, side: of }) => `${of} has said yes (${by}), `).join('')
  const message =
    `${given}still needed: ${missing.join(' and ')}; you can give: ${yours.join(', ') || 'none'}` +
    (yours.length > 0 ? '' : whyNone(head.actor, missing))
  return refuse('not_an_approver', message, wanted === undefined ? undefined : 'side')
}

function whyNone(actor: string, missing: readonly ApprovalSide[]): string {
  if (actor.startsWith('token:')) return '. A token approves nothing: sign in as a person'
  const roles = missing.flatMap((side) => [...ROLES_OF[side]])
  return `. It takes the role ${roles.join(' or ')} over everything that the request touches`
}

function withEnd(
  view: OrganizationView,
  { request, endsAtMs }: { readonly request: CreditRequest; readonly endsAtMs: number | undefined },
  head: CommandHead,
): CreditRequest | Decision {
  const { ends_at_ms, approvals } = request
  if (approvals.length > 0 && endsAtMs !== undefined && endsAtMs !== ends_at_ms)
    return refuse(
      'conflict',
      'another end was approved already; withdraw the request and ask again',
      'ends_at_ms',
    )
  const ended = { ...request, ends_at_ms: endsAtMs ?? ends_at_ms ?? defaultEndMs(view, request, head) }
  if (request.kind === 'boost' && ended.ends_at_ms === null)
    return refuse('invalid', 'a boost has an end', 'ends_at_ms')
  return endProblem(view, ended, head) ?? ended
}

/** Credits of an allocation hold for the period they are given in; a person's boost has to say its end. */
function defaultEndMs(
  view: OrganizationView,
  { kind, subject }: CreditRequest,
  head: CommandHead,
): number | null {
  const isTemporary = kind === 'top_up' || (kind === 'boost' && scopeKind(subject) === 'allocation')
  return isTemporary ? latestEndMs({ view, head }) : null
}

function carryOut(draft: LedgerDraft, request: CreditRequest, totals: SpendTotals): Decision {
  const { head } = draft
  if (sidesMissing(request).length > 0) {
    put(draft, request)
    if (request.incident !== null) {
      noteOnIncident(draft, request.incident, {
        what: `top-up approved by ${head.actor}, one side is missing`,
      })
    }
    return { ok: true, changes: draft.changes() }
  }
  put(draft, { ...request, state: 'approved' })
  const hindrance =
    request.kind === 'allocation_change'
      ? changeAllocations(draft, request, totals)
      : scopeKind(request.subject) === 'allocation'
        ? giveRequested(draft, request)
        : undefined
  if (hindrance !== undefined) return hindrance
  if (request.incident !== null) {
    noteOnIncident(draft, request.incident, {
      state: 'resolved',
      what: `top-up of ${credits(request.credits_micro)} approved by both sides: the cap is lifted`,
    })
  }
  return { ok: true, changes: draft.changes() }
}

function put(draft: LedgerDraft, request: CreditRequest): void {
  draft.change({ kind: 'request', id: request.id, type: 'put', data: request })
}

/** The new terms hold at once: the open period is funded by them. */
function changeAllocations(
  draft: LedgerDraft,
  request: CreditRequest,
  totals: SpendTotals,
): Extract<Decision, { ok: false }> | undefined {
  const asks = asksOf(request)
  for (const [id, ask] of asks) {
    const allocation = draft.allocations.get(id)
    if (allocation === undefined) return gone(id)
    if (ask === 'removal') draft.change({ kind: 'allocation', id, type: 'removed' })
    else draft.change({ kind: 'allocation', id, type: 'put', data: onTerms(allocation, ask) })
  }
  for (const id of asks.keys()) {
    const problem = allocationProblem(draft.view, draft.allocations, id)
    if (problem !== undefined) return { ok: false, refusal: problem }
  }
  const removals = [...asks].flatMap(([id, ask]) =>
    ask === 'removal' ? [{ kind: 'allocation', id, type: 'removed' } as const] : [],
  )
  const named = brokenReference(draft.view, removals)
  if (named !== undefined) return { ok: false, refusal: named }
  const month = draft.openMonth()
  if (month === undefined) return undefined
  fundAllocations(draft, month, totals)
  for (const [id, ask] of asks) {
    if (ask === 'removal') continue
    const period = draft.period(id, month)
    const wanted = ask.monthly_credits_micro ?? 0
    const lacking = wanted - (period?.base_micro ?? 0) - (period?.reserve_micro ?? 0)
    if (period !== undefined && lacking > 0) return short(id, lacking, period.source)
  }
  return undefined
}

function gone(id: string): Extract<Decision, { ok: false }> {
  return {
    ok: false,
    refusal: {
      code: 'not_found',
      message: `there is no allocation "${id}" any more`,
      field: `allocations.${id}`,
    },
  }
}

function short(id: string, lackingMicro: number, source: string): Extract<Decision, { ok: false }> {
  const message = `${source} lacks ${credits(lackingMicro)} for "${id}" this month`
  return { ok: false, refusal: { code: 'pool_short', message, field: `allocations.${id}` } }
}
