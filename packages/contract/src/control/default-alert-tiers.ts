import type { AlertTierEntry } from './alert-tier-schema.ts'

/** Below this many credits no tier speaks: a budget of nothing is not worth waking anyone. */
const MINIMUM_CREDITS = 100

const THROTTLE_NON_PROD = { type: 'rate_limit', params: { scope: 'non-prod', max_rps: 10 } } as const

/** The tiers of domain.md §6. The hard cap's own percentage comes from the allocation. */
export const DEFAULT_ALERT_TIERS: readonly AlertTierEntry[] = [
  {
    severity: 'info',
    basis: 'daily_forecast',
    threshold_percent: 50,
    action: null,
    minimum_credits: MINIMUM_CREDITS,
  },
  {
    severity: 'warning',
    basis: 'monthly_allocation',
    threshold_percent: 70,
    action: { type: 'ticket', params: { subject: 'optimisation suggestions' } },
    minimum_credits: MINIMUM_CREDITS,
  },
  {
    severity: 'critical',
    basis: 'monthly_allocation',
    threshold_percent: 90,
    action: THROTTLE_NON_PROD,
    minimum_credits: MINIMUM_CREDITS,
  },
  {
    severity: 'critical',
    basis: 'month_over_month',
    threshold_percent: 20,
    action: THROTTLE_NON_PROD,
    minimum_credits: MINIMUM_CREDITS,
  },
  {
    severity: 'hard_cap',
    basis: 'monthly_allocation',
    threshold_percent: 100,
    action: { type: 'block', params: { scope: 'allocation' } },
    minimum_credits: MINIMUM_CREDITS,
  },
]
