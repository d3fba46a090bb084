import type { RejectionReason } from '@meterline/domain'

/** What meter has done since the process began, over all its partitions. */
export interface MeterCounts {
  metered: number
  unrated: number
  unattributed: number
  duplicates: number
  /** Of the metered events, those that correct another one. */
  corrections: number
  /** Requests that were forgotten within the window, because there were too many: they could be counted twice. */
  forgottenRequests: number
  deltas: number
  readonly rejected: Map<RejectionReason, number>
}

export function createMeterCounts(): MeterCounts {
  return {
    metered: 0,
    unrated: 0,
    unattributed: 0,
    duplicates: 0,
    corrections: 0,
    forgottenRequests: 0,
    deltas: 0,
    rejected: new Map(),
  }
}

export function countRejected(counts: MeterCounts, reason: RejectionReason): void {
  counts.rejected.set(reason, (counts.rejected.get(reason) ?? 0) + 1)
}
