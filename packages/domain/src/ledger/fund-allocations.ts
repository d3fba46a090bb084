import { accountId, allocationAccount, poolAccount, reserveAccount } from './accounts.ts'
import type { FundedAllocation } from './allocation-tree.ts'
import { fundedAllocations } from './allocation-tree.ts'
import { expirePools } from './expire-grants.ts'
import { splitByWeights } from './largest-remainder.ts'
import type { LedgerDraft } from './ledger-draft.ts'
import type { AllocationPeriod, LedgerAccount } from './ledger-entities.ts'
import type { Month } from './month.ts'
import { unspentMicro } from './own-spend.ts'
import type { SpendTotals } from './spend-totals.ts'

/**
 * Gives every allocation what its rule says for the month, and no more: opens its period where there is none, and makes good the
 * difference where the rule has changed, or the source had too little before. Of what is spent already nothing is taken back. Where
 * the source has too little for all, each gets its share of what there is. Doing it twice changes nothing.
 */
export function fundAllocations(draft: LedgerDraft, month: Month, totals: SpendTotals): void {
  const funded = fundedAllocations(draft.view, draft.allocations)
  for (const entry of funded) openPeriod(draft, entry, month)
  for (const entry of [...funded].reverse()) takeBack(draft, entry, { month, totals })
  // Of what came back, that of grants that are over is nobody's any more.
  expirePools(draft)
  for (const siblings of Map.groupBy(funded, ({ source }) => source).values()) {
    giveTo(draft, siblings, { month, totals })
  }
}

interface When {
  readonly month: Month
  readonly totals: SpendTotals
}

/** What the rule gives a month: to spend, and held back. */
export function monthlySums({ allocation }: FundedAllocation): {
  readonly base: number
  readonly reserve: number
} {
  const reserve = Math.min(allocation.reserve_credits_micro, allocation.monthly_credits_micro)
  return { base: allocation.monthly_credits_micro - reserve, reserve }
}

function openPeriod(draft: LedgerDraft, { allocation, source, pool }: FundedAllocation, month: Month): void {
  const period = draft.period(allocation.id, month)
  if (period === undefined) {
    draft.putPeriod({
      id: `${allocation.id}:${month}`,
      allocation: allocation.id,
      scope: allocation.scope,
      period: month,
      source,
      base_micro: 0,
      reserve_micro: 0,
      temporary_micro: 0,
      limit_micro: 0,
      state: 'open',
    })
  } else if (period.state === 'open' && period.source !== source) {
    moveBelow(draft, period, { source, pool })
  }
}

/** An allocation came or went in between: from now on that one pays, and the former source gets back what it gave. */
function moveBelow(
  draft: LedgerDraft,
  period: AllocationPeriod,
  { source, pool }: { readonly source: LedgerAccount; readonly pool: string },
): void {
  const paid = period.base_micro + period.reserve_micro
  const former = isThere(draft, period.source, period.period) ? period.source : poolAccount(pool)
  draft.putPeriod({ ...period, source })
  draft.move({
    id: draft.freeId(`allocation:${period.id}:moved`),
    kind: 'allocation',
    period: period.period,
    from: source,
    to: former,
    amountMicro: paid,
    reason: `${period.allocation} is below ${source} now`,
    links: { allocation: period.allocation },
  })
}

const isThere = (draft: LedgerDraft, account: LedgerAccount, month: Month): boolean =>
  account.startsWith('pool:') || draft.period(accountId(account), month)?.state === 'open'

/** From the lowest up: what they give back is there for those above. */
function takeBack(draft: LedgerDraft, entry: FundedAllocation, { month, totals }: When): void {
  const period = draft.period(entry.allocation.id, month)
  if (period === undefined || period.state === 'closed') return
  const { base, reserve } = monthlySums(entry)
  const held = draft.ledger.balanceMicro(reserveAccount(entry.allocation.id))
  const unspent = Math.max(0, unspentMicro(draft, period, totals))
  const less = {
    base: Math.min(Math.max(0, period.base_micro - base), unspent),
    reserve: Math.min(Math.max(0, period.reserve_micro - reserve), held),
  }
  transfer(draft, { period, base: -less.base, reserve: -less.reserve })
}

/** Those that are funded by one source, together: where it has too little, nobody is first. */
function giveTo(draft: LedgerDraft, siblings: readonly FundedAllocation[], { month, totals }: When): void {
  const wants = siblings.flatMap((entry) => {
    const period = draft.period(entry.allocation.id, month)
    if (period === undefined || period.state === 'closed') return []
    const { base, reserve } = monthlySums(entry)
    const more = {
      base: Math.max(0, base - period.base_micro),
      reserve: Math.max(0, reserve - period.reserve_micro),
    }
    return [{ entry, period, more, sum: more.base + more.reserve }]
  })
  const wanted = wants.reduce((sum, want) => sum + want.sum, 0)
  const [first] = siblings
  if (wanted === 0 || first === undefined) return
  const given = Math.min(wanted, availableMicro(draft, first, { month, totals }))
  const parts = splitByWeights(
    given,
    wants.map(({ sum }) => sum),
  )
  wants.forEach(({ period, more }, index) => {
    const part = parts[index] ?? 0
    const base = Math.min(part, more.base)
    transfer(draft, { period, base, reserve: part - base })
  })
}

/** What a source can give without touching what it has spent itself. */
export function availableMicro(
  draft: LedgerDraft,
  { parent, source }: Pick<FundedAllocation, 'parent' | 'source'>,
  { month, totals }: When,
): number {
  if (parent === undefined) return Math.max(0, draft.ledger.balanceMicro(source))
  if (parent.may_overcommit === true) return Infinity
  const period = draft.period(parent.id, month)
  return period === undefined ? 0 : Math.max(0, unspentMicro(draft, period, totals))
}

/** Positive: from the source; negative: back to it. */
function transfer(
  draft: LedgerDraft,
  {
    period,
    base,
    reserve,
  }: { readonly period: AllocationPeriod; readonly base: number; readonly reserve: number },
): void {
  const { id, allocation, source } = period
  for (const [account, amount, what] of [
    [allocationAccount(allocation), base, 'to spend'],
    [reserveAccount(allocation), reserve, 'held in reserve'],
  ] as const) {
    const gives = amount > 0
    draft.move({
      id: draft.freeId(
        `${gives ? 'allocation' : 'return'}:${id}${account.startsWith('reserve') ? ':reserve' : ''}`,
      ),
      kind: gives ? 'allocation' : 'return',
      period: period.period,
      from: gives ? source : account,
      to: gives ? account : source,
      amountMicro: Math.abs(amount),
      reason: gives ? `monthly credits, ${what}` : `fewer monthly credits, ${what}`,
      links: { allocation },
    })
  }
  if (base === 0 && reserve === 0) return
  draft.putPeriod({
    ...period,
    base_micro: period.base_micro + base,
    reserve_micro: period.reserve_micro + reserve,
  })
}
