import type { AlertPolicies, AlertPolicy, ScopeId, ScopeLimits } from '@meterline/domain'

/** The alert policies in force for one scope, and whether limits cap it. */
export interface ScopeRules {
  readonly burnRate: readonly AlertPolicy[]
  readonly monthOverMonth: AlertPolicy | undefined
  readonly daily: AlertPolicy | undefined
  readonly seasonal: AlertPolicy | undefined
  readonly weekly: AlertPolicy | undefined
  readonly silence: AlertPolicy | undefined
  readonly unrated: AlertPolicy | undefined
  readonly rejected: AlertPolicy | undefined
  /** Only where there is a limit, too. */
  readonly limitReached: AlertPolicy | undefined
  readonly grantExpiring: AlertPolicy | undefined
}

export function scopeRules(
  scope: ScopeId,
  { alertPolicies, limits }: { readonly alertPolicies: AlertPolicies; readonly limits: ScopeLimits },
): ScopeRules {
  const only = (rule: Parameters<AlertPolicies['of']>[1]) => alertPolicies.of(scope, rule)[0]
  return {
    burnRate: alertPolicies.of(scope, 'burn_rate'),
    monthOverMonth: only('month_over_month'),
    daily: only('anomaly_daily'),
    seasonal: only('anomaly_seasonal'),
    weekly: only('anomaly_weekly'),
    silence: only('silence'),
    unrated: only('unrated_usage'),
    rejected: only('rejected_usage'),
    limitReached: limits.has(scope) ? only('limit_reached') : undefined,
    grantExpiring: only('grant_expiring'),
  }
}
