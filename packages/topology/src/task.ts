import type { LogRecord, OutputBatch } from './record.ts'

/**
 * One input partition's state machine: `(state, records) → (state', outputs)`. No I/O, no clock.
 *
 * The caller writes the outputs and the input position in one transaction. If that fails, or its outcome is unknown,
 * the task is thrown away together with its state and a new one is restored: `process` may therefore change state freely.
 */
export interface PartitionTask {
  /** Feeds one record of a restore topic, in log order, before the first `process`. */
  restore(topic: string, record: LogRecord): void
  /** Awaited before `process`, with the same records, after the definition's own `prepare`. */
  prepare?(records: readonly LogRecord[]): Promise<void>
  /** Consumes records of the input partition, in offset order, and returns what has to be written. */
  process(records: readonly LogRecord[]): readonly OutputBatch[]
  /** A few bytes (at most `MAX_NOTE_BYTES`) that are committed with the input position, as they stand after `process`. */
  note?(): string | undefined
  /** The note that was committed with the position; `undefined` when there was none. Before the first `process`. */
  restoreNote?(note: string | undefined): void
}

/** Kafka takes 4 KiB of metadata with a position; the rest is the runner's. */
export const MAX_NOTE_BYTES = 3_000

/** Where a task's state comes from: the same partition number of a topic that only this task writes. */
export interface RestoreSource {
  readonly topic: string
  /** Only records at most this old matter, measured back from the newest record; everything when left out. */
  readonly retentionMs?: number
}

export interface TaskDefinition {
  /** Also the prefix of the transactional ids (`meter-3`), and the consumer group. */
  readonly name: string
  readonly inputTopic: string
  readonly restoreFrom: readonly RestoreSource[]
  /** Every topic that its outputs go to. */
  readonly writesTo: readonly string[]
  /**
   * Makes outside knowledge ready that `process` is going to need for these records (schemas, a view that has to be as new as
   * a record says): the one place where a task may wait. Awaited before `process`, with the same records. Rejects when the
   * knowledge cannot be had now: that is a reason to try the batch again, never to reject a record.
   */
  prepare?(records: readonly LogRecord[]): Promise<void>
  /** Must not do I/O. Views that a task reads (the organisation, for one) are handed in by the composition root. */
  create(partition: number): PartitionTask
}
