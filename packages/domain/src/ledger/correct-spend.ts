import type { CommandHead, Decision } from '../control/control-event.ts'
import { refuse } from '../control/refuse.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { LedgerDraft } from './ledger-draft.ts'
import type { Month } from './month.ts'

export interface SpendCorrection {
  /** Unique; the entry becomes `correction:<id>`. */
  readonly id: string
  readonly allocation: string
  /** A closed month that burn keeps no more. */
  readonly period: Month
  /** Negative: less was spent. */
  readonly credits_micro: number
  readonly reason: string
}

/** Spend of a month so long ago that burn does not count it: a person posts it, in the open period, with the reason. */
export function correctSpend(
  view: OrganizationView,
  { id, allocation, period, credits_micro, reason }: SpendCorrection,
  head: CommandHead,
): Decision {
  const draft = new LedgerDraft(view, head)
  const open = draft.openPeriodOf(allocation)
  if (open === undefined) return refuse('no_ledger', `"${allocation}" has no open period`, 'allocation')
  if (draft.period(allocation, period)?.state !== 'closed')
    return refuse('period_not_closed', `${period} of "${allocation}" is not closed`, 'period')
  if (!Number.isSafeInteger(credits_micro) || credits_micro === 0)
    return refuse('invalid', 'a correction has a sum', 'credits_micro')
  if (reason.trim() === '') return refuse('invalid', 'a correction says why', 'reason')
  if (draft.ledger.has(`correction:${id}`))
    return refuse('already_exists', `"${id}" was posted already`, 'id')
  draft.post({
    id: `correction:${id}`,
    kind: 'correction',
    at_ms: head.atMs,
    period: open.period,
    reason,
    postings: draft.spendPostings(allocation, credits_micro),
    links: { allocation, original_period: period },
  })
  return { ok: true, changes: draft.changes() }
}
