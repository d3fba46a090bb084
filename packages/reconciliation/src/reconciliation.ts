import type { TallyCounts } from '@meterline/contract'

/** One partition of `usage.events` and one hour of arrival: what meter did with it, and what stands in the tables. */
export interface ReconciliationRow extends TallyCounts {
  readonly partition: number
  /** When the hour began, ISO 8601; `earlier` for all hours that are not told apart any more. */
  readonly hour: string
  /** Rows of `usage`: one for an event, two for a correction. */
  readonly rows: number
  /** Rows of `rejected` that meter wrote. */
  readonly rejected_rows: number
  /** Metered records that the sink could not store: they stand in `rejected`, with stage `sink`. */
  readonly unstored: number
  /** Records that do not match: 0 when accepted = metered + duplicates + rejected, and both tables hold what was written. */
  readonly difference: number
}

/** The stretch of a partition's log that was counted. */
export interface PartitionSpan {
  readonly partition: number
  readonly from_offset: number
  readonly position: number
  /** Offsets without a record: transaction markers and aborted records of producers that use transactions; else 0. */
  readonly holes: number
}

export interface Reconciliation {
  readonly at: string
  readonly holds: boolean
  readonly difference: number
  /** Records that the sink had not stored when the wait for it was over: they are part of the difference. */
  readonly waiting_records: number
  readonly rows: readonly ReconciliationRow[]
  readonly partitions: readonly PartitionSpan[]
}

/** What does not match, in records. */
export function differenceOf(row: Omit<ReconciliationRow, 'partition' | 'hour' | 'difference'>): number {
  const { accepted, metered, duplicates, rejected, corrections } = row
  return (
    Math.abs(accepted - metered - duplicates - rejected) +
    Math.abs(metered + corrections - row.rows - row.unstored) +
    Math.abs(rejected - row.rejected_rows)
  )
}
