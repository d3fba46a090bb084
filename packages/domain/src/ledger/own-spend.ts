import type { LedgerDraft } from './ledger-draft.ts'
import type { AllocationPeriod } from './ledger-entities.ts'
import { allocationAccount } from './accounts.ts'
import type { SpendTotals } from './spend-totals.ts'
import { monthSpendMicro } from './spend-totals.ts'

/**
 * What an allocation spent in its period itself: burn's total of its scope minus those of the allocations right below it, which pay
 * for theirs. So over a whole tree it sums to burn's total of the scope at the top, exactly. It can be negative, for a while, when
 * something moved in the hierarchy within the month: then the one below has more than its share, and the one above less.
 */
export function ownSpendMicro(draft: LedgerDraft, period: AllocationPeriod, totals: SpendTotals): number {
  const total = totalMicro(draft, period, totals)
  return below(draft, period).reduce((own, child) => own - totalMicro(draft, child, totals), total)
}

/** The periods of the same month that are funded by it. */
const below = (draft: LedgerDraft, { allocation, period }: AllocationPeriod): readonly AllocationPeriod[] =>
  draft.periodsBelow(allocationAccount(allocation), period)

/** What is not known is taken as posted: nothing changes by it. A period that was never posted has spent nothing yet. */
function totalMicro(draft: LedgerDraft, period: AllocationPeriod, totals: SpendTotals): number {
  const known = monthSpendMicro(totals, period.scope, period.period)
  return known ?? postedTotalMicro(draft, period)
}

function postedTotalMicro(draft: LedgerDraft, period: AllocationPeriod): number {
  const posted = draft.ledger.postedSpendMicro(period.allocation, period.period)
  return below(draft, period).reduce((sum, child) => sum + postedTotalMicro(draft, child), posted)
}

/** What the allocation still holds itself, by the newest totals; negative when it has overspent. */
export function unspentMicro(draft: LedgerDraft, period: AllocationPeriod, totals: SpendTotals): number {
  const held = draft.ledger.balanceMicro(allocationAccount(period.allocation))
  return held - ownSpendMicro(draft, period, totals)
}
