import type { ScopeKind } from '../scope/scope.ts'

/** When an unusual spend is worth an alert. Credits in micro-credits. */
export interface AnomalyPolicy {
  /** Kinds of scope that are watched: one alert per team, not one per key or user. */
  readonly scope_kinds: readonly ScopeKind[]
  readonly daily_z: {
    readonly threshold: number
    /** An alert is over when z falls to this. */
    readonly resolve_below: number
    /** Smallest excess over the mean. */
    readonly minimum_impact_micro: number
  }
  readonly seasonal: {
    readonly threshold: number
    readonly resolve_below: number
    /** Smallest excess over the expected, per pane. */
    readonly minimum_impact_micro: number
    /** An anomaly is `k` of the last `n` panes above the threshold. */
    readonly k: number
    readonly n: number
  }
  /** The last seven days against the four weeks before them. */
  readonly weekly: {
    /** Smallest rise: 0.2 is a fifth. */
    readonly threshold: number
    /** Smallest rise in deviations. */
    readonly z: number
    /** An alert is over when the rise falls to this. */
    readonly resolve_below: number
    /** Smallest excess of the week. */
    readonly minimum_impact_micro: number
  }
}

const CREDIT_MICRO = 1_000_000

export const DEFAULT_ANOMALY_POLICY: AnomalyPolicy = {
  scope_kinds: ['org', 'billing_group', 'department', 'team', 'project'],
  daily_z: { threshold: 3, resolve_below: 2, minimum_impact_micro: 25 * CREDIT_MICRO },
  seasonal: { threshold: 6, resolve_below: 3, minimum_impact_micro: 20 * CREDIT_MICRO, k: 2, n: 3 },
  weekly: { threshold: 0.2, z: 4, resolve_below: 0.1, minimum_impact_micro: 100 * CREDIT_MICRO },
}
