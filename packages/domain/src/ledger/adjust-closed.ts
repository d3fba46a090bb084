import type { CommandHead, Decision } from '../control/control-event.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { allocationAccount } from './accounts.ts'
import { drawDownId, poolOf } from './close-period.ts'
import { LedgerDraft } from './ledger-draft.ts'
import type { AllocationPeriod } from './ledger-entities.ts'
import { ownSpendMicro } from './own-spend.ts'
import type { SpendTotals } from './spend-totals.ts'

/**
 * What burn's total of a closed period differs from what is posted becomes an adjustment in the open one, linked to the draw-down.
 * So the ledger's figure of a closed month is burn's, in whatever order late spend and corrections came. A month that burn does not
 * keep any more is left as it is.
 */
export function adjustClosed(view: OrganizationView, totals: SpendTotals, head: CommandHead): Decision {
  const draft = new LedgerDraft(view, head)
  adjustClosedPeriods(draft, totals)
  return { ok: true, changes: draft.changes() }
}

export function adjustClosedPeriods(draft: LedgerDraft, totals: SpendTotals): void {
  // What burn does not speak of has not changed.
  const told = new Set([...totals.values()].flatMap(({ months }) => [...months.keys()]))
  for (const month of draft.months().filter((each) => told.has(each))) {
    const closed = draft.periodsOf(month).filter(({ state }) => state === 'closed')
    for (const period of closed.sort((a, b) => (a.id < b.id ? -1 : 1))) adjust(draft, period, totals)
  }
}

function adjust(draft: LedgerDraft, closed: AllocationPeriod, totals: SpendTotals): void {
  const { id, allocation, period } = closed
  const posted = draft.ledger.postedSpendMicro(allocation, period)
  const differenceMicro = ownSpendMicro(draft, closed, totals) - posted
  if (differenceMicro === 0) return
  const open = draft.openPeriodOf(allocation)
  const n = draft.ledger.adjustmentsOf(allocation, period) + 1
  const links = { allocation, adjusts: drawDownId(id), original_period: period }
  draft.post({
    id: `adjustment:${id}:${n}`,
    kind: 'adjustment',
    at_ms: draft.head.atMs,
    period: open?.period ?? draft.openMonth() ?? period,
    reason: `spend of ${period} that came late, or was corrected`,
    postings: draft.spendPostings(allocation, differenceMicro),
    links,
  })
  if (open === undefined) settle(draft, closed, `adjustment:${id}:${n}:settled`)
}

/** An allocation that is gone keeps nothing and owes nothing: its pool does. */
function settle(draft: LedgerDraft, closed: AllocationPeriod, id: string): void {
  const held = allocationAccount(closed.allocation)
  const pool = `pool:${poolOf(draft, closed)}` as const
  const balance = draft.ledger.balanceMicro(held)
  draft.move({
    id,
    kind: balance < 0 ? 'overage' : 'return',
    period: draft.openMonth() ?? closed.period,
    from: balance < 0 ? pool : held,
    to: balance < 0 ? held : pool,
    amountMicro: Math.abs(balance),
    reason: `${closed.allocation} is gone`,
    links: { allocation: closed.allocation },
  })
}
