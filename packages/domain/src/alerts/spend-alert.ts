import type { ScopeId } from '../scope/scope.ts'
import type { Driver } from '../spend/spend-delta.ts'

export type AlertSeverity = 'info' | 'warning' | 'critical' | 'hard_cap'
export type AlertState = 'pending' | 'firing' | 'acknowledged' | 'resolved'

export const ALERT_RULES = [
  'budget_threshold',
  'daily_forecast',
  'month_over_month',
  'anomaly_daily',
  'anomaly_seasonal',
  'anomaly_weekly',
  'burn_rate',
  'silence',
  'unrated_usage',
  'rejected_usage',
  'limit_reached',
  'grant_expiring',
  'limit_review',
] as const
export type AlertRule = (typeof ALERT_RULES)[number]

/** Why an alert is over: the figure fell, its day or month ended, or what it was held against was moved or taken away. */
export type ResolveReason = 'recovered' | 'period_over' | 'policy_changed'

/**
 * `data` of the CloudEvent on `spend.alert`, and the webhook body. Credits are whole credits as decimal numbers with at most six
 * places (`current_usage`, `monthly_allocation`); the exact integers stand beside them in micro-credits.
 */
export interface SpendAlert {
  readonly event: 'spend.alert'
  /** Hash of rule, scope, period, threshold and episode: the same alert has the same id in every replay. */
  readonly id: string
  readonly version: number
  readonly state: AlertState
  readonly severity: AlertSeverity
  readonly rule: AlertRule
  readonly scope: ScopeId
  readonly organization: string
  readonly allocation_id: string | null
  readonly threshold: number
  readonly current_usage: number
  readonly current_usage_micro: number
  readonly monthly_allocation: number | null
  readonly monthly_allocation_micro: number | null
  /** Share of the allocation or forecast, rise over last month, or score: compare it with `threshold`. */
  readonly observed: number
  /** What was compared with, in micro-credits: the mean day, the expected pane, the forecast, the span of last month. */
  readonly baseline: {
    readonly mean: number
    readonly stddev: number
    readonly samples: number
  } | null
  readonly z: number | null
  /** `day`, `month`, or a rolling one such as `5m`, `1h` or `3d`. */
  readonly window: string
  /** `2026-11` or `2026-11-21`, in the reporting time zone. */
  readonly period: string
  /** Event time at which the crossing was seen, ISO 8601. */
  readonly at: string
  /** The hard-cap alert of the same allocation that was crossed by the very same spend, which makes this one unimportant. */
  readonly superseded_by: string | null
  readonly drivers: readonly (Driver & { readonly previous_credits_micro: number })[]
  readonly action: {
    readonly type: string
    readonly params: Readonly<Record<string, string | number>>
  } | null
  readonly notify: readonly string[]
  /** The limit or grant it is about, as `limit:<id>` or `grant:<id>`; only on alerts of such rules. */
  readonly about?: string
  /** Only on one that is resolved; older ones say none. */
  readonly reason?: ResolveReason
  /** SQL that finds the requests behind the alert in ClickHouse. */
  readonly evidence: { readonly sql: string }
}
