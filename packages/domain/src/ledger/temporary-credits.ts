import type { Decision } from '../control/control-event.ts'
import { credits, refuse } from '../control/refuse.ts'
import { reportingCalendar } from '../organization/reporting-calendar.ts'
import type { CreditRequest } from '../requests/request-entities.ts'
import { scopeKind } from '../scope/scope.ts'
import { allocationAccount, poolAccount, reserveAccount } from './accounts.ts'
import { poolOf } from './close-period.ts'
import { expirePools } from './expire-grants.ts'
import type { LedgerDraft } from './ledger-draft.ts'
import type { AllocationPeriod } from './ledger-entities.ts'
import { monthAt, monthStartMs, nextMonth } from './month.ts'
import { unspentMicro } from './own-spend.ts'
import type { SpendTotals } from './spend-totals.ts'

/** A decision that is not taken; `undefined`: nothing stands against it. */
export type Hindrance = Extract<Decision, { ok: false }> | undefined

/** Moves the credits of an approved boost or top-up from the pool to the allocation, or those of a reserve draw out of its reserve. */
export function giveRequested(draft: LedgerDraft, request: CreditRequest): Hindrance {
  const allocation = allocationOfSubject(request)
  const period = draft.openPeriodOf(allocation)
  if (period === undefined)
    return hinder(
      'no_ledger',
      `"${allocation}" has no open period: there is no pool, or no such allocation`,
      'subject',
    )
  // Between the end of a month and its roll, credits would go to the month that is over.
  if (period.period !== monthAt(reportingCalendar(draft.view), draft.head.atMs))
    return hinder('period_not_rolled', `${period.period} is about to be closed; try again in a moment`)
  if (request.kind === 'reserve_draw') return drawReserve(draft, request, period)
  expirePools(draft)
  const pool = poolOf(draft, period)
  const available = draft.ledger.balanceMicro(poolAccount(pool))
  if (available < request.credits_micro) {
    const message = `the pool "${pool}" has ${credits(Math.max(0, available))}, ${credits(request.credits_micro)} are asked for`
    return hinder('pool_short', message, 'credits_micro')
  }
  draft.move({
    id: `${request.kind}:${request.id}`,
    kind: request.kind === 'boost' ? 'boost' : 'top_up',
    period: period.period,
    from: poolAccount(pool),
    to: allocationAccount(allocation),
    amountMicro: request.credits_micro,
    reason: request.description,
    links: linksOf(request, allocation),
  })
  draft.putPeriod({ ...period, temporary_micro: period.temporary_micro + request.credits_micro })
  return undefined
}

/** A reserve that was drawn is the allocation's to spend until its period ends. */
function drawReserve(draft: LedgerDraft, request: CreditRequest, period: AllocationPeriod): Hindrance {
  const held = draft.ledger.balanceMicro(reserveAccount(period.allocation))
  if (held < request.credits_micro) {
    const message = `the reserve has ${credits(held)}, ${credits(request.credits_micro)} are asked for`
    return hinder('reserve_short', message, 'credits_micro')
  }
  draft.move({
    id: `reserve_draw:${request.id}`,
    kind: 'reserve_draw',
    period: period.period,
    from: reserveAccount(period.allocation),
    to: allocationAccount(period.allocation),
    amountMicro: request.credits_micro,
    reason: request.description,
    links: linksOf(request, period.allocation),
  })
  return undefined
}

/** At the end of a boost or top-up: what of it is not spent goes back to the pool. The allocation's own credits are spent first. */
export function endTemporary(draft: LedgerDraft, request: CreditRequest, totals: SpendTotals): void {
  const allocation = allocationOfSubject(request)
  const period = draft.openPeriodOf(allocation)
  // Given in a period that is closed by now: what was left went back then.
  if (period === undefined || !draft.view.ledger.has(`${request.kind}:${request.id}`)) return
  if (givenIn(draft, request) !== period.period) return
  const back = Math.min(request.credits_micro, Math.max(0, unspentMicro(draft, period, totals)))
  draft.move({
    id: `return:${request.kind}:${request.id}`,
    kind: 'return',
    period: period.period,
    from: allocationAccount(allocation),
    to: poolAccount(poolOf(draft, period)),
    amountMicro: back,
    reason: 'ended, and not used up',
    links: linksOf(request, allocation),
  })
  const temporary_micro = Math.max(0, period.temporary_micro - request.credits_micro)
  draft.putPeriod({ ...period, temporary_micro })
}

/**
 * Whether the month that the request's allocation has open is over and not closed yet. What is left of a boost or top-up goes back when
 * it is closed: until burn has passed its end, spend is held against the month as it was.
 */
export function waitsForClose(draft: LedgerDraft, request: CreditRequest): boolean {
  if (scopeKind(request.subject) !== 'allocation') return false
  const period = draft.openPeriodOf(allocationOfSubject(request))
  return period !== undefined && period.period < monthAt(reportingCalendar(draft.view), draft.head.atMs)
}

/** The last instant at which temporary credits of an allocation can end: the end of the period they are given in. */
export function latestEndMs(draft: Pick<LedgerDraft, 'view' | 'head'>): number {
  const calendar = reportingCalendar(draft.view)
  return monthStartMs(calendar, nextMonth(monthAt(calendar, draft.head.atMs)))
}

const allocationOfSubject = ({ subject }: CreditRequest): string => subject.slice('allocation:'.length)

function givenIn(draft: LedgerDraft, { kind, id }: CreditRequest) {
  return draft.view.entities.ledger_entry.get(`${kind}:${id}`)?.period
}

function linksOf({ id, incident }: CreditRequest, allocation: string): Record<string, string> {
  return { allocation, request: id, ...(incident === null ? {} : { incident }) }
}

function hinder(code: string, message: string, field?: string): Hindrance {
  const decision = refuse(code, message, field)
  return decision.ok ? undefined : decision
}
