import type { CommandHead, ControlChange } from '../control/control-event.ts'
import { adjustClosedPeriods } from '../ledger/adjust-closed.ts'
import { expirePools } from '../ledger/expire-grants.ts'
import { LedgerDraft } from '../ledger/ledger-draft.ts'
import { monthAt } from '../ledger/month.ts'
import { rollDuePeriods } from '../ledger/roll-period.ts'
import type { SpendTotals } from '../ledger/spend-totals.ts'
import { endTemporary, waitsForClose } from '../ledger/temporary-credits.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { reportingCalendar } from '../organization/reporting-calendar.ts'
import { scopeKind } from '../scope/scope.ts'
import { closeRequest } from './close-request.ts'
import { noteOnIncident } from './incident-steps.ts'
import type { CreditRequest } from './request-entities.ts'

/**
 * Everything that time, or burn's word, does by itself as of `head.atMs`, as one decision: requests that nobody answered expire; boosts,
 * top-ups and overrides of limits end; months are rolled, grants expire, allocations are funded by their rules; closed months are
 * adjusted to burn's totals; incidents of a period that is over are resolved. Empty when nothing is due, so it can be asked as often
 * as one likes, and asked again after a crash.
 */
export function dueChanges(
  view: OrganizationView,
  totals: SpendTotals,
  head: CommandHead,
): readonly ControlChange[] {
  const draft = new LedgerDraft(view, head)
  expireRequests(draft)
  const ending = requestsToEnd(draft)
  const withMonth = new Set(ending.filter((request) => waitsForClose(draft, request)))
  for (const request of ending) if (!withMonth.has(request)) endRequest(draft, request, totals)
  endLimits(draft)
  rollDuePeriods(draft, totals)
  for (const request of withMonth) if (!waitsForClose(draft, request)) endRequest(draft, request, totals)
  adjustClosedPeriods(draft, totals)
  // What came back just now may be of grants that are over.
  expirePools(draft)
  resolveIncidents(draft)
  return draft.changes()
}

function expireRequests(draft: LedgerDraft): void {
  for (const request of draft.view.entities.request.values()) {
    if (request.state !== 'pending' || draft.head.atMs < request.answer_by_ms) continue
    closeRequest(draft, { ...request, state: 'expired' }, 'nobody answered the request for a top-up in time')
  }
}

function requestsToEnd({ view, head }: LedgerDraft): readonly CreditRequest[] {
  return [...view.entities.request.values()].filter(
    ({ state, ends_at_ms: endsAtMs }) => state === 'approved' && endsAtMs !== null && head.atMs >= endsAtMs,
  )
}

function endRequest(draft: LedgerDraft, request: CreditRequest, totals: SpendTotals): void {
  if (scopeKind(request.subject) === 'allocation') endTemporary(draft, request, totals)
  draft.change({ kind: 'request', id: request.id, type: 'put', data: { ...request, state: 'ended' } })
}

/** An override that has expired holds no more in any case; it is cleared away. */
function endLimits(draft: LedgerDraft): void {
  for (const { id, expires_at_ms: expiresAtMs } of draft.view.entities.limit.values()) {
    if (expiresAtMs === null || draft.head.atMs < expiresAtMs) continue
    draft.change({ kind: 'limit', id, type: 'removed' })
  }
}

function resolveIncidents(draft: LedgerDraft): void {
  const current = monthAt(reportingCalendar(draft.view), draft.head.atMs)
  for (const { id, state, period } of draft.view.entities.incident.values()) {
    if (state !== 'open' && state !== 'awaiting_approval') continue
    if (period < current)
      noteOnIncident(draft, id, { state: 'resolved', what: `the period ${period} is over` })
  }
}
