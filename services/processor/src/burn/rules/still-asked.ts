import type { AlertPolicy, SpendAlert } from '@meterline/domain'
import { dayName, isPolicyRule, numberParam, windowParam } from '@meterline/domain'

import type { BurnState } from '../state/burn-state.ts'

/**
 * Whether the policies in force still ask for what set the alert off: the rule, with the same threshold and window, and the
 * allocation, limit or grant that it is about. Of rules that alert policies switch and tune; tiers stand in their allocations.
 */
export function isStillAsked(burn: BurnState, alert: SpendAlert): boolean {
  const { rule, scope } = alert
  if (!isPolicyRule(rule)) return false
  const isAsked = burn.alertPolicies.of(scope, rule).some((policy) => {
    const isOfWindow = rule !== 'burn_rate' || windowParam(policy, 'long') === alert.window
    return isOfWindow && thresholdOf(burn, policy) === alert.threshold
  })
  return isAsked && isThere(burn, alert)
}

/** What the findings of the policy carry as their threshold. */
function thresholdOf({ anomalies }: BurnState, policy: AlertPolicy): number {
  const { rule, params } = policy
  if (!isPolicyRule(rule)) return Number.NaN
  switch (rule) {
    case 'burn_rate':
      return numberParam(policy, 'factor')
    case 'month_over_month':
    case 'anomaly_weekly':
      return numberParam(policy, 'rise')
    case 'anomaly_daily':
      return params['threshold'] === undefined
        ? anomalies.daily_z.threshold
        : numberParam(policy, 'threshold')
    case 'anomaly_seasonal':
      return anomalies.seasonal.threshold
    case 'unrated_usage':
    case 'rejected_usage':
      return numberParam(policy, 'minimum_requests')
    case 'silence':
      return numberParam(policy, 'evidence')
    case 'limit_reached':
      return numberParam(policy, 'share')
    case 'grant_expiring':
      return numberParam(policy, 'days')
    case 'limit_review':
      return 0
  }
}

function isThere(
  burn: BurnState,
  { rule, scope, allocation_id, about, window, period }: SpendAlert,
): boolean {
  switch (rule) {
    case 'burn_rate':
      return burn.allocationsOf(scope).some(({ id }) => id === allocation_id)
    case 'grant_expiring':
      return burn.policy.grants?.some(({ id }) => `grant:${id}` === about) ?? false
    case 'limit_reached':
      return burn.limits
        .of(scope, burn.clockMs)
        .some((limit) => `limit:${limit.id}` === about && limit.period === window)
    case 'limit_review':
      return burn.limits
        .toReview(burn.clockMs)
        .some(
          ({ limit, reviewAtMs }) =>
            `limit:${limit.id}` === about &&
            limit.scope === scope &&
            dayName(burn.calendar.day(reviewAtMs)) === period,
        )
    case 'budget_threshold':
    case 'daily_forecast':
    case 'month_over_month':
    case 'anomaly_daily':
    case 'anomaly_seasonal':
    case 'anomaly_weekly':
    case 'unrated_usage':
    case 'rejected_usage':
    case 'silence':
      return true
  }
}
