import type { UsageEvent, Units } from './usage-event.ts'

export const ATTRIBUTION_METHODS = ['event_labels', 'gateway', 'key_registry', 'unattributed'] as const
export type AttributionMethod = (typeof ATTRIBUTION_METHODS)[number]

/** The place in the hierarchy that pays. Empty strings where nobody could be named. */
export interface Attribution {
  readonly attribution: AttributionMethod
  readonly organization: string
  readonly billing_group: string
  readonly department: string
  readonly team: string
  readonly project: string
  readonly environment: string
  readonly cost_center: string
  /** The most specific allocation on the path. */
  readonly allocation_id: string | null
}

export interface Rating {
  readonly tier: string
  /** Units as rated: the cached part is taken out of `tokens_input`, so nothing is counted twice. */
  readonly metered_units: Units
  /** Meter to micro-credits per million units, as applied. */
  readonly rates: Units
  readonly rate_card_id: string
  readonly rate_card_version: number
  readonly rating: 'rated' | 'unrated'
  readonly unrated_meters: readonly string[]
  readonly credits_micro: number
  readonly cost_usd_micro: number
}

/** What a metered record is to a correction: nothing, what takes back the amounts that stood, or what stands instead of them. */
export const CORRECTION_ROLES = ['none', 'reversal', 'replacement'] as const
export type CorrectionRole = (typeof CORRECTION_ROLES)[number]

/**
 * The canonical record everything downstream reads. A correction makes two of them, with its `request_id`, with the request that
 * it corrects in `corrects`, and at that request's time: a reversal, whose amounts are negative, and a replacement.
 */
export interface MeteredUsage extends UsageEvent, Attribution, Rating {
  /** The source record's own timestamp, milliseconds since the epoch. */
  readonly ingested_at: number
  readonly source_offset: number
  /** How many requests the record adds to a count: 1; -1 or 0 for a reversal; 0 for the replacement of what is void. */
  readonly requests: number
  readonly correction: CorrectionRole
}
