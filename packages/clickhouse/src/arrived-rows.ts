import type { Clickhouse } from './clickhouse.ts'
import type { LoadTable } from './load-block.ts'

/** A stretch of one Kafka partition's records, and between which event times they lie. */
export interface LoadedStretch {
  readonly partition: number
  readonly from: number
  /** Inclusive. */
  readonly to: number
  readonly minEventMs: number
  readonly maxEventMs: number
}

/** How many rows of the stretch are in the table, per month (202611). The event times keep it from reading other months. */
export async function arrivedRows(
  clickhouse: Clickhouse,
  table: LoadTable,
  stretch: LoadedStretch,
): Promise<ReadonlyMap<number, number>> {
  const { partition, from, to, minEventMs, maxEventMs } = stretch
  const time = table.timeColumn
  const rows = await clickhouse.rows<{ month: number; arrived: number }>(
    `SELECT toYYYYMM(${time}) AS month, count() AS arrived FROM ${table.name}
     WHERE _partition = {partition:Int32} AND _offset BETWEEN {from:Int64} AND {to:Int64}
       AND ${time} BETWEEN fromUnixTimestamp64Milli({minEventMs:Int64}, 'UTC') AND fromUnixTimestamp64Milli({maxEventMs:Int64}, 'UTC')
     GROUP BY month`,
    { parameters: { partition, from, to, minEventMs, maxEventMs } },
  )
  return new Map(rows.map(({ month, arrived }) => [month, arrived]))
}
