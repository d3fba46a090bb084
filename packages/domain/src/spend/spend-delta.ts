import type { LeaseRequest, LeaseReturn } from '../leases/lease-records.ts'
import type { ScopeId } from '../scope/scope.ts'
import type { Units } from '../usage/usage-event.ts'

export type DriverDimension = 'model' | 'api_key' | 'endpoint' | 'user'

export interface Driver {
  readonly dimension: DriverDimension
  readonly value: string
  readonly credits_micro: number
}

/** Spend of one scope in one second of event time, as added up by one commit of meter. May be negative after a correction. */
export interface SpendDelta {
  readonly kind: 'delta'
  readonly scope: ScopeId
  /** Start of the pane, milliseconds since the epoch: a second, or longer for late events (`deltaPaneStart`). */
  readonly pane_start: number
  readonly credits_micro: number
  readonly requests: number
  readonly unrated_requests: number
  readonly units: Units
  readonly drivers: readonly Driver[]
}

/** Usage that meter rejected: it is in no budget until its cause is mended and it is sent again. */
export interface RejectedUsage {
  readonly kind: 'rejected'
  /** The organization: what is rejected has nobody who surely pays for it. */
  readonly scope: ScopeId
  /** When the last of it came. */
  readonly pane_start: number
  readonly requests: number
}

/** Time passing in the log: burn's clock, so that a replay is exact. */
export interface Tick {
  readonly kind: 'tick'
  readonly pane_start: number
  /** Usage that stood in usage.events when this offset of the log was written is metered, its deltas before the tick. Left out: unknown. */
  readonly metered_offset?: number
}

/** The budgets in force from this point of the log on. */
export interface PolicyRecord {
  readonly kind: 'policy'
  readonly pane_start: number
  /** JSON of `BudgetPolicy`. */
  readonly policy: string
  readonly policy_offset: number
}

export type SpendRecord = SpendDelta | RejectedUsage | Tick | PolicyRecord | LeaseRequest | LeaseReturn
