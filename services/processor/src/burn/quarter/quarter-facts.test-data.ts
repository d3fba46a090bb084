import type { MonthFacts, Rule, Standing } from './plain-arithmetic.test-data.ts'
import { closeMonth, limitOf, START } from './plain-arithmetic.test-data.ts'

export const M = 1_000_000
export const PAYMENTS = 'org-1234-bg-payments'
export const SUPPORT = 'org-1234-bg-customer-support'
export const RESEARCH = 'org-1234-bg-research'
export const ALLOCATIONS = [PAYMENTS, SUPPORT, RESEARCH] as const
export type AllocationId = (typeof ALLOCATIONS)[number]

export const GRANTED = 4_000_000 * M
export const PROMOTION = 80_000 * M

/** The sample policy (domain.md §3), as it stands in examples/organization.yaml. */
const RULES: Readonly<Record<AllocationId, Rule>> = {
  [PAYMENTS]: { monthly: 500_000 * M, reserve: 50_000 * M, rolloverPercent: 10 },
  [SUPPORT]: { monthly: 300_000 * M, reserve: 30_000 * M, rolloverPercent: 0 },
  [RESEARCH]: { monthly: 200_000 * M, reserve: 100_000 * M, rolloverPercent: 50 },
}

/** What happens in the quarter, told in figures: the tests tell it in events. */
const FACTS: Readonly<Record<AllocationId, readonly [MonthFacts, MonthFacts, MonthFacts]>> = {
  [PAYMENTS]: [
    { spent: 380_000 * M + 2 },
    { spent: 520_000 * M, lateFromBefore: 1_234_567_891, given: 60_000 * M },
    { spent: 300_000 * M, lateFromBefore: 100 * M },
  ],
  [SUPPORT]: [
    { spent: 240_000 * M, given: 20_000 * M, endedWithin: { given: 20_000 * M, back: 20_000 * M } },
    { spent: 250_000 * M },
    {
      spent: 275_000 * M,
      lateFromBefore: -2_000 * M,
      given: 20_000 * M,
      endedWithin: { given: 20_000 * M, back: 17_000 * M },
    },
  ],
  [RESEARCH]: [
    { spent: 30_000 * M },
    { spent: 60_000 * M, reserveDrawn: 40_000 * M },
    { spent: 220_000 * M },
  ],
}

/** What an allocation may spend in each of the three months as it stands at its close, and in the month after them as it begins. */
export function plainLimits(id: AllocationId): readonly number[] {
  const rule = RULES[id]
  let standing: Standing = START
  const limits = FACTS[id].map((facts) => {
    const limit = limitOf(standing, rule, facts)
    standing = closeMonth(standing, rule, facts)
    return limit
  })
  return [...limits, standing.carried + rule.monthly - rule.reserve]
}

/** Every account of the ledger once the month after the quarter has begun. */
export function plainBalances(): Readonly<Record<string, number>> {
  const balances: Record<string, number> = {
    'outside:grants': -(GRANTED + PROMOTION),
    'expired:central': PROMOTION,
  }
  let pool = GRANTED
  for (const id of ALLOCATIONS) {
    const rule = RULES[id]
    const { carried, spentInAll, poolChange } = FACTS[id].reduce(
      (before: Standing, facts) => closeMonth(before, rule, facts),
      START,
    )
    balances[`allocation:${id}`] = carried + rule.monthly - rule.reserve
    balances[`reserve:${id}`] = rule.reserve
    balances[`spent:${id}`] = spentInAll
    pool += poolChange - rule.monthly
  }
  return { ...balances, 'pool:central': pool }
}
