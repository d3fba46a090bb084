/**
 * - `count_differs`: the log gives another number of rows for a range than when it was first read.
 * - `contradiction`: the table holds rows of a range that no interrupted insert can have left there.
 * - `unreadable_intent`: the committed position was written by something else.
 * - `unstorable`: ClickHouse refuses records that have no other place to go, or suspiciously many in a row.
 * - `unexpected`: a defect of ours.
 */
export type SinkHaltCode =
  | 'count_differs'
  | 'contradiction'
  | 'unreadable_intent'
  | 'unstorable'
  | 'unexpected'

/** The partition stands still until a person has looked: going on could lose or double rows. The process lives. */
export class SinkHalt extends Error {
  override readonly name = 'SinkHalt'
  readonly code: SinkHaltCode
  readonly retryable = false

  constructor(code: SinkHaltCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options)
    this.code = code
  }
}
