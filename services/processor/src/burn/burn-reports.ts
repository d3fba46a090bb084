/**
 * What burn tells beside its outputs, once a batch and partition: for the log and the metrics, nothing rests on it. It includes
 * batches whose commit failed and that were processed again.
 */
export interface BurnReports {
  readonly skipped: (skipped: SkippedSpend) => void
  readonly late: (late: LateSpend) => void
}

/** Records of spend.delta that nobody can read, or that are beyond exact sums. They are passed over: a partition of budgets must not stand still for one. */
export interface SkippedSpend {
  readonly partition: number
  readonly records: number
  /** Of the first of them. */
  readonly offset: number
  readonly err: unknown
}

/** Spend of days before those that are kept: it stands in `usage`, and counts towards no budget. */
export interface LateSpend {
  readonly partition: number
  readonly records: number
  readonly creditsMicro: number
}
