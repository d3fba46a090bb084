import type { LogRecord, OutputBatch } from '@meterline/topology'

/** The committed position of a partition: the next offset to read, and what its owner wrote beside it. */
export interface CommittedPosition {
  /** `undefined` when the group never committed: then reading starts at the low watermark. */
  readonly offset: number | undefined
  readonly metadata: string
}

/**
 * The right to work on one partition, held from take-over to hand-over. Everything it writes goes through the partition's own
 * transactional producer, so a zombie's writes are refused by the broker and surface here as an error.
 *
 * Any error of `transact` ends the lease: the handler is closed and opened again from the committed position.
 */
export interface PartitionLease {
  readonly topic: string
  readonly partition: number
  /** Read after the former owner was fenced. */
  readonly committed: CommittedPosition
  /** False as soon as the partition was given to another member or the lease failed: check before every outside effect. */
  isHeld(): boolean
  /** Aborted when the lease ends: for waits and outside requests that should stop then. */
  readonly signal: AbortSignal
  /** Writes the outputs and the position in one transaction. `next.offset` is the next offset to read. */
  transact(
    outputs: readonly OutputBatch[],
    next: { readonly offset: number; readonly metadata?: string },
  ): Promise<void>
  /** Committed records with `from <= offset <= to`, batch by batch, in order; ends when the log is known to hold no more of them. */
  readRange(range: {
    readonly topic?: string
    readonly from: number
    readonly to: number
  }): AsyncIterable<LogRecord[]>
}

/** What is done with a partition. One handler per held partition; its methods are never called concurrently. */
export interface PartitionHandler {
  /** Restores whatever the handler needs and answers where reading starts (the committed position, as a rule). */
  open(lease: PartitionLease): Promise<{ readonly offset: number }>
  /**
   * Records in order, and the offset after the last one read (control records included). It may take as long as it needs: the
   * partition waits, others do not. Rejecting drops the lease and opens the handler again after a pause; rejecting with an error
   * whose `retryable` is false halts the partition until the process is restarted.
   */
  onBatch(records: readonly LogRecord[], nextOffset: number): Promise<void>
  /** The lease is gone (or the process stops): release memory and timers. Writes are not possible any more. */
  close(): Promise<void>
}
