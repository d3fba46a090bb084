import { accountId, allocationAccount, expiredAccount, poolAccount, reserveAccount } from './accounts.ts'
import { expireHeld } from './expire-grants.ts'
import type { LedgerDraft, Move } from './ledger-draft.ts'
import type { AllocationPeriod } from './ledger-entities.ts'
import type { Month } from './month.ts'
import { nextMonth } from './month.ts'
import { ownSpendMicro } from './own-spend.ts'
import { shareOf } from './share-of.ts'
import type { SpendTotals } from './spend-totals.ts'

/**
 * Closes a month of all allocations, the lowest first, so that what they leave is there for those above. For each:
 * 1. draw down what it spent itself, by burn's total; what that is more than it had, its source pays as overage;
 * 2. what grants that are over by now have left expires;
 * 3. boosts and top-ups that were not used go back to the pool, the reserve that was not drawn to the source;
 * 4. of the rest, up to the rule's share of the monthly sum stays for the next month, and what is above it goes back to the source,
 *    or expires, as the rule says. An allocation that is gone leaves nothing.
 */
export function closePeriods(draft: LedgerDraft, month: Month, totals: SpendTotals): void {
  const open = draft.periodsOf(month).filter(({ state }) => state === 'open')
  for (const period of lowestFirst(open)) closePeriod(draft, period, totals)
}

function lowestFirst(periods: readonly AllocationPeriod[]): AllocationPeriod[] {
  const byAccount = new Map(periods.map((period) => [allocationAccount(period.allocation), period]))
  const depth = ({ source }: AllocationPeriod): number => {
    const above = byAccount.get(source)
    return above === undefined ? 0 : 1 + depth(above)
  }
  return [...periods].sort((a, b) => depth(b) - depth(a) || (a.id < b.id ? -1 : 1))
}

function closePeriod(draft: LedgerDraft, period: AllocationPeriod, totals: SpendTotals): void {
  const { allocation, source } = period
  const pool = poolOf(draft, period)
  const [held, reserve] = [allocationAccount(allocation), reserveAccount(allocation)]
  const balance = (): number => draft.ledger.balanceMicro(held)
  const move = (step: Step): void => moveAtClose(draft, period, step)

  drawDown(draft, period, ownSpendMicro(draft, period, totals))
  const lacking = Math.max(0, -balance())
  move({ kind: 'overage', from: source, to: held, amountMicro: lacking, reason: 'spent more than there was' })

  expireHeld(draft, { account: held, to: expiredAccount(pool), period: period.period })
  expireHeld(draft, { account: reserve, to: expiredAccount(pool), period: period.period })

  move({
    kind: 'return',
    part: 'temporary',
    from: held,
    to: poolAccount(pool),
    amountMicro: Math.min(period.temporary_micro, balance()),
    reason: 'boosts and top-ups that were not used',
  })
  move({
    kind: 'return',
    part: 'reserve',
    from: reserve,
    to: source,
    amountMicro: draft.ledger.balanceMicro(reserve),
    reason: 'reserve that was not drawn',
  })

  const rule = draft.allocations.get(allocation)
  const kept = Math.min(
    balance(),
    rule === undefined ? 0 : shareOf(rule.monthly_credits_micro, rule.rollover),
  )
  const expires = rule?.rollover_rest === 'expire'
  move({
    kind: expires ? 'expiry' : 'return',
    from: held,
    to: expires ? expiredAccount(allocation) : source,
    amountMicro: balance() - kept,
    reason: 'unspent, and more than may roll over',
  })
  rollOver(draft, period, kept)
  draft.putPeriod({ ...period, state: 'closed' })
}

interface Step extends Pick<Move, 'kind' | 'from' | 'to' | 'amountMicro' | 'reason'> {
  readonly part?: string
}

function moveAtClose(draft: LedgerDraft, { id, allocation, period }: AllocationPeriod, step: Step): void {
  const { part, ...move } = step
  draft.move({
    ...move,
    // A period is closed once: the id is free, unless something was given back within it.
    id: draft.freeId(`${move.kind}:${id}:close${part === undefined ? '' : `:${part}`}`),
    period,
    links: { allocation },
  })
}

/** Posted also when there was no spend: it is the entry that adjustments name. */
function drawDown(draft: LedgerDraft, { id, allocation, period }: AllocationPeriod, ownMicro: number): void {
  draft.post({
    id: drawDownId(id),
    kind: 'draw_down',
    at_ms: draft.head.atMs,
    period,
    reason: `spend of ${period} as of its close`,
    postings: draft.spendPostings(allocation, ownMicro),
    links: { allocation },
  })
}

/** Of the period `<allocation>:<month>`. */
export const drawDownId = (periodId: string): string => `draw_down:${periodId}`

/** The credits stay where they are and count towards the next month: an entry that moves nothing, and says so. */
function rollOver(draft: LedgerDraft, { id, allocation, period }: AllocationPeriod, keptMicro: number): void {
  if (keptMicro <= 0) return
  const account = allocationAccount(allocation)
  draft.post({
    id: `rollover:${id}`,
    kind: 'rollover',
    at_ms: draft.head.atMs,
    period: nextMonth(period),
    reason: `unspent in ${period}`,
    postings: [
      { account, amount_micro: -keptMicro },
      { account, amount_micro: keptMicro },
    ],
    links: { allocation, from_period: period },
  })
}

/** The pool at the root of the allocations above. */
export function poolOf(draft: LedgerDraft, { source, period }: AllocationPeriod): string {
  const above = source.startsWith('pool:') ? undefined : draft.period(accountId(source), period)
  return above === undefined ? accountId(source) : poolOf(draft, above)
}
