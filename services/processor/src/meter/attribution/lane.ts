import type { Rejection } from '@meterline/domain'

import type { RateLine } from '../rating/rate-line.ts'
import type { Scope } from '../spend/scope-table.ts'
import type { PathScopes } from '../spend/path-scopes.ts'

/** Everything that follows from an event's key, model and labels, computed once: most events are like one before. */
export type Lane = AttributedLane | RejectedLane

export interface AttributedLane extends Validity {
  readonly kind: 'attributed'
  /** `attribution` to `allocation_id` as they stand in the metered record. */
  readonly encodedAttribution: Buffer
  readonly path: PathScopes
  readonly apiKey: Scope
  readonly model: Scope
  readonly rateLine: RateLine
  readonly isUnattributed: boolean
}

export interface RejectedLane extends Validity {
  readonly kind: 'rejected'
  readonly rejection: Rejection
  readonly apiKeyId: string
}

interface Validity {
  /** The lane holds for events before this time; later ones take the other one. */
  readonly validUntilMs: number
  readonly afterwards: Lane | undefined
}
