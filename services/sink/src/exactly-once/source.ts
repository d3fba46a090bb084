import type { LoadTable } from '@meterline/clickhouse'
import type { Rejection } from '@meterline/domain'
import type { LogRecord } from '@meterline/topology'

/** A record on its way into the table. */
export interface Row {
  readonly record: LogRecord
  /** Value of the table's time column, milliseconds since the epoch. */
  readonly eventMs: number
  /** What the source's `encode` writes, from `start` on. */
  readonly datum: Buffer
  readonly start: number
}

/** A record that can never become a row. */
export interface RejectedRecord {
  readonly record: LogRecord
  readonly rejection: Rejection
}

export type Admission = Row | RejectedRecord

export const isRow = (admission: Admission): admission is Row => 'datum' in admission

/** How the records of one topic become rows of one table. */
export interface Source {
  readonly topic: string
  readonly table: LoadTable
  /** What becomes of a record that can never be stored: `usage.rejected` takes it, or the partition halts. */
  readonly unstorable: 'reject' | 'halt'
  /** I/O that `admit` needs for these records (schemas by id). May reject with a retryable error. */
  prepare(records: readonly LogRecord[]): Promise<void>
  /** From the record alone: the same record gives the same answer whenever a range is read again. */
  admit(record: LogRecord): Admission
  /** The body of an insert; all rows are of one partition. */
  encode(rows: readonly Row[], partition: number): EncodedRows
}

/** Rows as ClickHouse reads them, made piece by piece while they are sent. */
export interface EncodedRows {
  readonly bytes: number
  readonly pieces: () => Iterable<Buffer>
}
