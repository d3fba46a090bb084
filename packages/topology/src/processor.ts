import type { LogRecord, OutputMessage } from './record.ts'
import type { RestoreSource } from './task.ts'

/**
 * One step of a topology, for one partition. It is called once per item, so it should not allocate more than it must;
 * an item may be one object that is filled anew for each record, and must not be kept beyond the call.
 */
export interface Processor<In> {
  process(item: In): void
  /**
   * Makes ready what `process` is going to need for these records and only the step's own state can name: a record of long ago,
   * for one. Through a port that was handed in; changes nothing that `process` decides by but what it brings. As `prepare` of a
   * definition, and after it.
   */
  prepare?(records: readonly LogRecord[]): Promise<void>
  /** After the last record of a batch, in the order of the steps: what was gathered over the batch is handed on now. */
  endBatch?(): void
  /** One record of a topic named in the step's `restoreFrom`, in log order, before the first `process`. */
  restore?(topic: string, record: LogRecord): void
  /** A few bytes of state that are committed with the input position. One step of a topology may have some. */
  note?(): string | undefined
  /** The note as it was committed; `undefined` when there was none. Before the first `process`. */
  restoreNote?(note: string | undefined): void
}

/** What a step may do with its results. */
export interface StepContext<Out> {
  readonly partition: number
  /** To the next step; from the last one to the main output. */
  readonly forward: (item: Out) => void
  /** To a side output, by its name in `to`: into the task's own partition unless another is given. */
  readonly emit: (output: string, message: OutputMessage, partition?: number) => void
}

/** Makes the step's processor for one partition; its state lives in the closure and dies with the task. */
export type ProcessorFactory<In, Out> = (context: StepContext<Out>) => Processor<In>

export interface StepOptions {
  /** Where the step's state comes from. Only the same partition number, written by this topology alone. */
  readonly restoreFrom?: readonly RestoreSource[]
}
