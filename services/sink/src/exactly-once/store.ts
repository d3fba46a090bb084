import type { LoadedStretch } from '@meterline/clickhouse'

import type { EncodedRows } from './source.ts'

/** What the loader needs of ClickHouse for one table. Every method rejects with `ClickhouseError`. */
export interface Store {
  /** Now, on the clock that judges deadlines. */
  nowMs(): Promise<number>
  waitForDeadline(deadlineMs: number, signal: AbortSignal): Promise<void>
  /** Stores the body as one block, unless the deadline has passed when it is complete. */
  insert(block: {
    readonly body: EncodedRows
    readonly deadlineMs: number
    /** What is left until the deadline, at the most: whoever waits for the answer waits longer than this. */
    readonly leaseMs: number
    readonly queryId: string
    readonly signal: AbortSignal
  }): Promise<void>
  /** Ends all inserts whose query id begins so. */
  kill(queryIdPrefix: string): Promise<number>
  /** Rows of the stretch that are there, per month. */
  arrived(stretch: LoadedStretch): Promise<ReadonlyMap<number, number>>
}
