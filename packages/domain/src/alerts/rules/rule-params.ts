import type { WindowName } from '../../spend/spend-state.ts'
import type { AlertRule } from '../spend-alert.ts'

/** A parameter of a rule: what it may be, and what it is when it is left out. */
export type ParamSpec =
  | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly default: number }
  | { readonly kind: 'window'; readonly oneOf: readonly WindowName[]; readonly default: WindowName }

const number = (value: number, min: number, max: number): ParamSpec => ({
  kind: 'number',
  min,
  max,
  default: value,
})

const DAYS_OF_A_YEAR = 366
const MINUTES_OF_A_WEEK = 10_080

/**
 * The rules that alert policies switch and tune, with their parameters. Budget tiers are not among them: they stand in the
 * allocation.
 */
export const RULE_PARAMS = {
  /** `factor` times the even pace of the month's budget, over the long window and over the short one. */
  burn_rate: {
    factor: number(14.4, 0.1, 10_000),
    long: { kind: 'window', oneOf: ['1h', '6h', '24h', '3d', '7d'], default: '1h' },
    short: { kind: 'window', oneOf: ['5m', '15m', '30m', '1h', '6h'], default: '5m' },
  },
  /** The month so far over the same span of the last one. */
  month_over_month: { rise: number(0.2, 0.01, 100) },
  anomaly_daily: { threshold: number(3, 1, 100) },
  anomaly_seasonal: {},
  anomaly_weekly: { rise: number(0.2, 0.01, 100) },
  /** Requests without a rate in a day; over when none came for so long. */
  unrated_usage: {
    minimum_requests: number(1, 1, 1_000_000_000),
    quiet_minutes: number(60, 1, MINUTES_OF_A_WEEK),
  },
  /** Requests that meter rejected in a day; over when none was for so long. */
  rejected_usage: {
    minimum_requests: number(1, 1, 1_000_000_000),
    quiet_minutes: number(60, 1, MINUTES_OF_A_WEEK),
  },
  silence: {
    minimum_minutes: number(60, 15, MINUTES_OF_A_WEEK),
    evidence: number(6, 1, 100),
    times_longest: number(2, 1, 100),
  },
  /** Share of the hard cap of the limit, or of its soft cap where it has no other. */
  limit_reached: { share: number(1, 0.01, 10) },
  grant_expiring: { days: number(14, 1, DAYS_OF_A_YEAR) },
  /** At the review date of a limit. */
  limit_review: {},
} as const satisfies Partial<Record<AlertRule, Readonly<Record<string, ParamSpec>>>>

export type PolicyRule = keyof typeof RULE_PARAMS

export function isPolicyRule(rule: string): rule is PolicyRule {
  return Object.hasOwn(RULE_PARAMS, rule)
}

/** What a parameter has to be, where the value is not that. */
export function paramProblem(spec: ParamSpec, value: unknown): string | undefined {
  if (spec.kind === 'window') {
    return spec.oneOf.some((name) => name === value) ? undefined : `must be one of ${spec.oneOf.join(', ')}`
  }
  const isFit = typeof value === 'number' && value >= spec.min && value <= spec.max
  return isFit ? undefined : `must be a number from ${spec.min} to ${spec.max}`
}
