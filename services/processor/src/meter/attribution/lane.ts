import type { Rejection } from '@meterline/domain'

import type { PathScopes } from '../spend/path-scopes.ts'
import type { Scope } from '../spend/scope-table.ts'

/** Everything that follows from an event's key and labels, computed once: most events are like one before. */
export type Lane = AttributedLane | RejectedLane

export interface AttributedLane extends Validity {
  readonly kind: 'attributed'
  /** `attribution` to `allocation_id` as they stand in the metered record. */
  readonly encodedAttribution: Buffer
  readonly path: PathScopes
  readonly apiKey: Scope
  /** The rates' tier that the labels ask for. */
  readonly tier: string
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
