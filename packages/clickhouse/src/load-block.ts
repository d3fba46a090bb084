import type { Body, Clickhouse } from './clickhouse.ts'

/** A table that rows are loaded into: the columns of the body, in its order, with the types that the server reads them as. */
export interface LoadTable {
  readonly name: string
  readonly columns: readonly (readonly [name: string, type: string])[]
  /** The table is partitioned by the month of this DateTime64(3, 'UTC') column. */
  readonly timeColumn: string
  readonly format: 'Avro' | 'RowBinary'
}

/** One block must hold the whole body, or it would not be stored as a whole: stay below both. */
export const MAX_BLOCK_ROWS = 1_000_000
export const MAX_BLOCK_BYTES = 128 * 1024 * 1024

/**
 * Stores the rows of `body` as one block: all of them, or per month all or none, if the server dies in the middle.
 *
 * The server itself checks the deadline, against its own clock, when the block is complete; `nowInBlock64`, because `now64` is
 * folded to a constant when the statement begins. After the deadline nothing of this statement can begin to be stored.
 */
export async function loadBlock(
  clickhouse: Clickhouse,
  block: {
    readonly table: LoadTable
    readonly body: Body
    /** Milliseconds since the epoch, on the server's clock. */
    readonly deadlineMs: number
    readonly queryId: string
    readonly timeoutMs: number
    readonly signal?: AbortSignal
  },
): Promise<void> {
  const { table, body, deadlineMs, queryId, timeoutMs, signal } = block
  await clickhouse.send(loadStatement(table, deadlineMs), body, {
    queryId,
    timeoutMs,
    settings: ONE_BLOCK,
    ...(signal === undefined ? {} : { signal }),
  })
}

export function loadStatement(table: LoadTable, deadlineMs: number): string {
  const names = table.columns.map(([name]) => name).join(', ')
  const types = table.columns.map(([name, type]) => `${name} ${type}`).join(', ')
  const structure = types.replaceAll("'", String.raw`\'`)
  return (
    `INSERT INTO ${table.name} (${names}) SELECT * FROM input('${structure}') ` +
    `WHERE NOT throwIf(nowInBlock64(3) > fromUnixTimestamp64Milli(toInt64(${deadlineMs})), 'the deadline has passed') ` +
    `FORMAT ${table.format}`
  )
}

/** Everything that could cut the body into more than one block, or answer before it is stored. */
const ONE_BLOCK = {
  async_insert: 0,
  max_insert_block_size: 1_048_449,
  min_insert_block_size_rows: 1_048_449,
  min_insert_block_size_bytes: 268_402_944,
  max_block_size: 1_048_449,
  max_threads: 1,
  max_insert_threads: 1,
  // No second guess about duplicates: the table is asked instead, and a token can lose rows.
  insert_deduplicate: 0,
}
