import type { AlertTier } from '../organization/organization.ts'

const CREDIT_MICRO = 1_000_000

/** The tiers of an allocation that states none. Small sums stay quiet: `minimum_credits_micro`. */
export const DEFAULT_TIERS: readonly AlertTier[] = [
  {
    severity: 'info',
    basis: 'daily_forecast',
    threshold: 0.5,
    action: null,
    notify: [],
    minimum_credits_micro: 100 * CREDIT_MICRO,
  },
  {
    severity: 'warning',
    basis: 'monthly_allocation',
    threshold: 0.7,
    action: { type: 'ticket', params: { suggest: 'optimisation' } },
    notify: [],
    minimum_credits_micro: 0,
  },
  {
    severity: 'critical',
    basis: 'monthly_allocation',
    threshold: 0.9,
    action: { type: 'rate_limit', params: { scope: 'non-prod', max_rps: 10 } },
    notify: [],
    minimum_credits_micro: 0,
  },
  {
    severity: 'critical',
    basis: 'month_over_month',
    threshold: 0.2,
    action: { type: 'rate_limit', params: { scope: 'non-prod', max_rps: 10 } },
    notify: [],
    minimum_credits_micro: 1_000 * CREDIT_MICRO,
  },
  {
    severity: 'hard_cap',
    basis: 'monthly_allocation',
    threshold: 1,
    action: { type: 'block', params: { scope: 'allocation' } },
    notify: [],
    minimum_credits_micro: 0,
  },
]
