import type { AlertTier } from '../organization/organization.ts'
import type { BudgetedAllocation } from '../spend/budget-policy.ts'
import { dayName, monthName } from '../windows/calendar.ts'
import { monthLimitMicro } from './month-limit.ts'
import type { PeriodSpend } from './period-spend.ts'

/** A tier that fired is over only when the figure falls this far below its threshold: 0.05 is 5 % of it. */
export const TIER_HYSTERESIS = 0.05

/** How a tier stands. `unknown`: there is nothing to compare with, so it neither fires nor resolves. */
export interface TierStanding {
  readonly standing: 'crossed' | 'between' | 'below' | 'unknown'
  readonly rule: 'budget_threshold' | 'daily_forecast' | 'month_over_month'
  readonly period: string
  readonly window: 'day' | 'month'
  /** Share of the basis: 0.91 of the allocation or forecast; for month-over-month the rise. */
  readonly observed: number
  readonly currentMicro: number
  /** What was compared with: the allocation, the forecast, the same span of last month. */
  readonly basisMicro: number | null
}

export function checkTier(tier: AlertTier, allocation: BudgetedAllocation, spend: PeriodSpend): TierStanding {
  switch (tier.basis) {
    case 'monthly_allocation':
      return stand(tier, {
        rule: 'budget_threshold',
        period: monthName(spend.month),
        window: 'month',
        currentMicro: spend.monthMicro,
        basisMicro: monthLimitMicro(allocation, spend.month),
      })
    case 'daily_forecast':
      return stand(tier, {
        rule: 'daily_forecast',
        period: dayName(spend.today),
        window: 'day',
        currentMicro: spend.dayMicro,
        basisMicro: spend.dailyForecastMicro,
      })
    case 'month_over_month':
      return checkMonthOverMonth(tier, spend)
  }
}

/** Needs no allocation: any scope has a last month. */
export function checkMonthOverMonth(
  tier: Pick<AlertTier, 'threshold' | 'minimum_credits_micro'>,
  spend: PeriodSpend,
): TierStanding {
  return stand(
    { ...tier, basis: 'month_over_month' },
    {
      rule: 'month_over_month',
      period: monthName(spend.month),
      window: 'month',
      currentMicro: spend.monthMicro,
      basisMicro: spend.lastMonthMicro,
    },
  )
}

type Compared = Omit<TierStanding, 'standing' | 'observed'>

type Compares = Pick<AlertTier, 'basis' | 'threshold' | 'minimum_credits_micro'>

function stand(tier: Compares, compared: Compared): TierStanding {
  const { currentMicro, basisMicro } = compared
  // An allocation of nothing is exceeded by anything; a forecast or a last month of nothing says nothing.
  const isCap = tier.basis === 'monthly_allocation'
  if (basisMicro === null || (basisMicro <= 0 && !isCap)) {
    return { ...compared, standing: 'unknown', observed: 0 }
  }
  const ratio = basisMicro > 0 ? currentMicro / basisMicro : currentMicro > 0 ? MAX_RATIO : 0
  const offset = tier.basis === 'month_over_month' ? 1 : 0
  const observed = ratio - offset
  const large = Math.abs(currentMicro) >= tier.minimum_credits_micro && currentMicro > 0
  const small = Math.abs(currentMicro) < tier.minimum_credits_micro * (1 - TIER_HYSTERESIS)
  const needed = tier.threshold + offset
  return { ...compared, observed, standing: standing({ ratio, needed, large, small }) }
}

/** Stands for "without bound" where nothing was allowed: JSON has no infinity. */
const MAX_RATIO = 1_000_000

function standing(figure: {
  readonly ratio: number
  readonly needed: number
  readonly large: boolean
  readonly small: boolean
}): TierStanding['standing'] {
  if (figure.large && figure.ratio >= figure.needed) return 'crossed'
  return figure.small || figure.ratio < figure.needed * (1 - TIER_HYSTERESIS) ? 'below' : 'between'
}
