import type { Allocation, PeriodSpend } from '@meterline/domain'
import { checkTier, DEFAULT_TIERS, monthLimitMicro, periodSpend } from '@meterline/domain'

import type { RuleFinding } from '../moment.ts'
import type { BurnState } from '../state/burn-state.ts'
import type { ScopeBurn } from '../state/scope-burn.ts'

/** What a budget is held against: as it is, or as it may be later today. */
export interface Standing {
  readonly dayMicro: number
  readonly atMs: number
}

/** One finding for each tier of the allocation. */
export function budgetFindings(
  burn: BurnState,
  scope: ScopeBurn,
  allocation: Allocation,
  { dayMicro, atMs }: Standing = standingNow(burn, scope),
): RuleFinding[] {
  const baseline = scope.periodBaseline(burn.calendar, burn.clockMs)
  const spend = periodSpend(baseline, dayMicro, atMs)
  return tiersOf(allocation).map((tier) => {
    const standing = checkTier(tier, allocation, spend)
    const { rule, period, window, observed, currentMicro, basisMicro } = standing
    return {
      scope,
      severity: tier.severity,
      identity: {
        rule,
        scope: scope.scope,
        allocation_id: allocation.id,
        window,
        period,
        threshold: tier.threshold,
      },
      standing: standing.standing,
      limitMicro: tier.basis === 'monthly_allocation' ? monthLimitMicro(allocation, spend.month) : null,
      observed,
      currentMicro,
      baseline: basisMicro === null ? null : { mean: basisMicro, stddev: 0, samples: 0 },
      z: null,
      allocation,
      tier,
      span: spanOf(window, spend),
    }
  })
}

export function tiersOf({ tiers }: Allocation): Allocation['tiers'] {
  return tiers.length === 0 ? DEFAULT_TIERS : tiers
}

function standingNow({ calendar, clockMs }: BurnState, { days }: ScopeBurn): Standing {
  return { dayMicro: days.creditsMicro(calendar.day(clockMs)), atMs: clockMs }
}

function spanOf(window: 'day' | 'month', { month, today }: PeriodSpend): RuleFinding['span'] {
  return window === 'day' ? { kind: 'day', day: today } : { kind: 'month', month, today }
}
