import type { ScopeId } from '../scope/scope.ts'

/** A cap that the holder knows of, as `effectiveLimits` says it. */
export interface LeaseCap {
  readonly limit_id: string
  readonly period: 'day' | 'month'
  readonly cap_micro: number
}

/**
 * What a holder (one gateway process) says of its account with the owner of a scope. The sums count from the opening of the account
 * on, so a report that comes twice, late or not at all does no harm: the owner takes the larger one.
 */
export interface LeaseReport {
  readonly holder: string
  /** A holder never opens two accounts of one number. */
  readonly account: number
  /** Given back unused: no reservation is made from it any more. */
  readonly returned_micro: number
  /** No usage of it comes any more that is not in usage.events already. */
  readonly settled_micro: number
}

/** Asks for credits, and keeps the account open. */
export interface LeaseRequest {
  readonly kind: 'lease_request'
  readonly scope: ScopeId
  /** When it was written, by the holder's clock: nothing rests on it. */
  readonly pane_start: number
  readonly lease: LeaseReport & {
    /** Counts the requests of the account, from 1. */
    readonly number: number
    readonly wanted_micro: number
    /** Of what is wanted: what somebody waits for. */
    readonly needed_micro: number
    /** The longest that a reservation made from it lasts. */
    readonly reservation_ms: number
    /** Offset in control.log that `caps` were computed at. */
    readonly control_offset: number
    readonly caps: readonly LeaseCap[]
  }
}

export interface LeaseReturn {
  readonly kind: 'lease_return'
  readonly scope: ScopeId
  readonly pane_start: number
  readonly lease: LeaseReport
}

/**
 * Why less was granted than was needed. `cap`: what is left is spent or out on lease. `ended`: the owner does not have this account
 * any more. `stale_view`: the holder's caps are older than what burn knows.
 */
export const LEASE_REFUSALS = ['none', 'cap', 'ended', 'stale_view'] as const
export type LeaseRefusal = (typeof LEASE_REFUSALS)[number]

/** The owner's answer to a request, on spend.lease. */
export interface LeaseAnswer {
  readonly scope: ScopeId
  readonly holder: string
  readonly account: number
  readonly number: number
  /** All that was ever granted to the account. */
  readonly granted_micro: number
  readonly refusal: LeaseRefusal
  /** The cap with the least left; empty where there is none. */
  readonly limit_id: string
  readonly cap_micro: number
  /** Of the cap's period, as metered. */
  readonly spent_micro: number
  /** Out on lease to anybody, this account included. */
  readonly outstanding_micro: number
  /** The owner's time, milliseconds since the epoch. */
  readonly as_of: number
}
