import type { CommandHead, Decision } from '../control/control-event.ts'
import { refuse } from '../control/refuse.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { reportingCalendar } from '../organization/reporting-calendar.ts'
import { closePeriods } from './close-period.ts'
import { expirePools } from './expire-grants.ts'
import { fundAllocations } from './fund-allocations.ts'
import { LedgerDraft } from './ledger-draft.ts'
import type { Month } from './month.ts'
import { monthAt, monthStartMs, nextMonth } from './month.ts'
import type { SpendTotals } from './spend-totals.ts'

/** Burn's word on a month that is over is waited for this long; what it says later becomes an adjustment. */
export const CLOSE_WAIT_MS = 15 * 60_000
/** Months that one roll catches up with, after a long standstill; the next one goes on. */
const MAX_MONTHS_ROLLED = 24

/** Closes `month` and opens the next one, for all allocations. Once it is closed, there is nothing to do: the same roll twice is one. */
export function rollPeriod(
  view: OrganizationView,
  { month, totals }: { readonly month: Month; readonly totals: SpendTotals },
  head: CommandHead,
): Decision {
  if (head.atMs < monthStartMs(reportingCalendar(view), nextMonth(month)))
    return refuse('period_not_over', `the period ${month} is not over`, 'month')
  const draft = new LedgerDraft(view, head)
  if (draft.openMonth() === month) roll(draft, month, totals)
  return { ok: true, changes: draft.changes() }
}

/** Rolls whatever month is over, and funds what is open. */
export function rollDuePeriods(draft: LedgerDraft, totals: SpendTotals): void {
  const calendar = reportingCalendar(draft.view)
  const current = monthAt(calendar, draft.head.atMs)
  for (let rolled = 0; rolled < MAX_MONTHS_ROLLED; rolled++) {
    const open = draft.openMonth()
    if (open === undefined || open >= current) break
    if (!isHeard(draft, open, totals)) return
    roll(draft, open, totals)
  }
  expirePools(draft)
  fundAllocations(draft, draft.openMonth() ?? current, totals)
}

function roll(draft: LedgerDraft, month: Month, totals: SpendTotals): void {
  closePeriods(draft, month, totals)
  expirePools(draft)
  fundAllocations(draft, nextMonth(month), totals)
}

/**
 * Whether burn's clock has passed the end of the month in every scope, or has been waited for long enough. At the start of each month
 * burn speaks of every allocated scope that has spent something within two months: one of which it did not is quiet.
 */
function isHeard(draft: LedgerDraft, month: Month, totals: SpendTotals): boolean {
  const calendar = reportingCalendar(draft.view)
  const [startMs, endMs] = [monthStartMs(calendar, month), monthStartMs(calendar, nextMonth(month))]
  if (draft.head.atMs >= endMs + CLOSE_WAIT_MS) return true
  return draft.periodsOf(month).every(({ scope }) => {
    const asOfMs = totals.get(scope)?.as_of_ms
    return asOfMs === undefined || asOfMs < startMs || asOfMs >= endMs
  })
}
