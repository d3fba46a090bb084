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

/** The canonical record everything downstream reads. */
export interface MeteredUsage extends UsageEvent, Attribution, Rating {
  /** The source record's own timestamp, milliseconds since the epoch. */
  readonly ingested_at: number
  readonly source_offset: number
}
