import type { KafkaError } from '../errors.ts'

/** What happens to the partitions of one process, for logs and metrics. WARN: odd, nothing lost. ERROR: a person is needed. */
export type PartitionEvent =
  | { readonly kind: 'assigned'; readonly partitions: readonly number[]; readonly memberId: string }
  | {
      readonly kind: 'opened'
      readonly partition: number
      readonly offset: number
      readonly fenceMs: number
      readonly restoreMs: number
    }
  | { readonly kind: 'committed'; readonly partition: number; readonly durationMs: number }
  | {
      readonly kind: 'batch'
      readonly partition: number
      readonly records: number
      readonly durationMs: number
    }
  /** WARN. The lease was dropped; the partition is opened again after `pauseMs`. */
  | {
      readonly kind: 'dropped'
      readonly partition: number
      readonly error: unknown
      readonly pauseMs: number
    }
  | { readonly kind: 'released'; readonly partition: number }
  /** ERROR. The partition stands still until the process is restarted: trying again cannot help. */
  | { readonly kind: 'halted'; readonly partition: number; readonly error: unknown }
  /** WARN. Brokers away or moving; goes on by itself. */
  | { readonly kind: 'trouble'; readonly error: KafkaError }

export type PartitionState = 'opening' | 'running' | 'waiting' | 'halted'

export interface PartitionProgress {
  /** The offset after the last record handled. */
  readonly position: number | undefined
  readonly highWatermark: number | undefined
  /** Records known to be in the log and not handled; transaction markers after the last record do not count. */
  readonly lagRecords: number
  /** Wall-clock time when the position last moved, or when there was last nothing to do. */
  readonly lastAdvanceMs: number
  readonly state: PartitionState
}
