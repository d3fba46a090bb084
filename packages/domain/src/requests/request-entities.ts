import type { Month } from '../ledger/month.ts'
import type { Allocation } from '../organization/organization.ts'
import type { ScopeId } from '../scope/scope.ts'

/** `boost`: a user asks for more; `allocation_change`: other sums and terms; `top_up`: a temporary one over the hard cap; `reserve`: a draw on it. */
export type RequestKind = 'boost' | 'allocation_change' | 'top_up' | 'reserve_draw'
/**
 * `approved` holds until it `ended`, where it has an end; `expired`: nobody answered in time; `withdrawn`: nobody asks for it any
 * more; `superseded`: a later organization file asks for something else instead.
 */
export type RequestState =
  | 'pending'
  | 'approved'
  | 'declined'
  | 'expired'
  | 'withdrawn'
  | 'superseded'
  | 'ended'
/** `finance` and `engineering`: those roles over the subject. `owner`: whoever leads it, or one of the two. */
export type ApprovalSide = 'finance' | 'engineering' | 'owner'

export interface Approval {
  readonly by: string
  readonly side: ApprovalSide
  readonly at_ms: number
  readonly note: string
}

/** How much may be spent under an allocation. Of one that stands, only an approved request changes them. */
export type AllocationTerms = Partial<
  Pick<Allocation, 'monthly_credits_micro' | 'reserve_credits_micro' | 'rollover' | 'hard_cap'>
>

/** Somebody asks for credits; who may answer, and how many have to, follows from the kind. */
export interface CreditRequest {
  readonly id: string
  readonly kind: RequestKind
  readonly requested_by: string
  readonly requested_at_ms: number
  /** The user, key or allocation the credits are for; of a change of several allocations, the scope that covers them all. */
  readonly subject: ScopeId
  /** More credits than now; 0 for an allocation change, which says its sums below. */
  readonly credits_micro: number
  /** Of an allocation change: the monthly sum that each allocation shall have. */
  readonly allocations?: Readonly<Record<string, number>>
  /** Of an allocation change: what else of an allocation shall be another. */
  readonly allocation_terms?: Readonly<Record<string, Omit<AllocationTerms, 'monthly_credits_micro'>>>
  /** Of an allocation change: those that shall be no more. */
  readonly removed_allocations?: readonly string[]
  /** The work it is for. */
  readonly description: string
  readonly state: RequestState
  readonly approvals: readonly Approval[]
  readonly declined: { readonly by: string; readonly at_ms: number; readonly reason: string } | null
  /** Who withdrew it, or applied the file that supersedes it. */
  readonly closed?: { readonly by: string; readonly at_ms: number; readonly reason: string }
  /** The request that asks instead. */
  readonly superseded_by?: string
  /** `file`: opened by `apply`, and kept to what the newest file says. */
  readonly origin?: 'file'
  /** Unanswered until then, it expires. */
  readonly answer_by_ms: number
  /** What was approved ends then. */
  readonly ends_at_ms: number | null
  readonly incident: string | null
}

export type IncidentState = 'open' | 'awaiting_approval' | 'resolved' | 'reviewed'

/** A crossed hard cap, from opening to the post-mortem note. */
export interface Incident {
  readonly id: string
  readonly allocation: string
  /** The period whose cap was crossed: with its end, the incident is over. */
  readonly period: Month
  readonly alert_id: string
  readonly state: IncidentState
  readonly criticality: string | null
  readonly request: string | null
  readonly timeline: readonly { readonly at_ms: number; readonly by: string; readonly what: string }[]
  readonly post_mortem: string | null
}

export interface RequestEntities {
  readonly request: CreditRequest
  readonly incident: Incident
}
