import type { Clickhouse } from '@meterline/clickhouse'
import { TOPICS } from '@meterline/contract'

import type { PartitionTally } from './read-tallies.ts'

export interface StoredHour {
  rows: number
  rejected_rows: number
  unstored: number
}

/** By partition, then by hour since the epoch. */
export type StoredCounts = Map<number, Map<number, StoredHour>>

/** In place of an hour: all that are not told apart. */
export const EARLIER = -1

const HOUR_MS = 3_600_000
const hourOf = (column: string): string =>
  `intDiv(greatest(0, toUnixTimestamp64Milli(${column})), ${HOUR_MS})`

/** Arrays by partition, from 1; a partition that was not counted has an empty range. */
const BOUNDS =
  '{froms:Array(Int64)} AS froms, {positions:Array(Int64)} AS positions, {floors:Array(Int64)} AS floors'
const inRange = (partition: string): string =>
  `source_offset >= froms[${partition} + 1] AND source_offset < positions[${partition} + 1]`
const bucket = (hour: string, partition: string): string =>
  `if(${hour} >= floors[${partition} + 1], toInt64(${hour}), toInt64(${EARLIER}))`

const ROWS = `WITH ${BOUNDS}
SELECT _partition AS partition, ${bucket(hourOf('ingested_at'), '_partition')} AS hour, count() AS rows
FROM usage
WHERE ${inRange('_partition')} AND ingested_at >= fromUnixTimestamp64Milli({since_ms:Int64})
GROUP BY partition, hour`

// What the sink refuses has kept the timestamp of its event, but names its place in usage.metered, not in usage.events.
const REJECTED = `WITH ${BOUNDS}
SELECT assumeNotNull(source_partition) AS partition, ${bucket(hourOf('time'), 'partition')} AS hour,
    countIf(source_topic = {events:String} AND ${inRange('partition')}) AS rejected_rows,
    countIf(source_topic = {metered:String} AND stage = 'sink') AS unstored
FROM rejected
WHERE source_partition IS NOT NULL AND source_topic IN ({events:String}, {metered:String})
    AND time >= fromUnixTimestamp64Milli({since_ms:Int64})
GROUP BY partition, hour
HAVING rejected_rows + unstored > 0`

/** Counts the rows of the offsets that the tallies cover. Without `withEarlier`, of the hours that they tell apart only. */
export async function readStoredCounts(
  clickhouse: Clickhouse,
  tallies: readonly PartitionTally[],
  { withEarlier }: { readonly withEarlier: boolean },
): Promise<StoredCounts> {
  const counts: StoredCounts = new Map()
  if (tallies.length === 0) return counts
  const at = (partition: number, hour: number): StoredHour => {
    const hours = counts.get(partition) ?? new Map<number, StoredHour>()
    counts.set(partition, hours)
    const stored = hours.get(hour) ?? { rows: 0, rejected_rows: 0, unstored: 0 }
    hours.set(hour, stored)
    return stored
  }
  const parameters = parametersOf(tallies, withEarlier)
  const options = { parameters, timeoutMs: QUERY_TIMEOUT_MS }
  type Row = { partition: number; hour: number } & StoredHour
  for (const { partition, hour, rows } of await clickhouse.rows<Row>(ROWS, options)) {
    if (withEarlier || hour !== EARLIER) at(partition, hour).rows = rows
  }
  for (const { partition, hour, ...rest } of await clickhouse.rows<Row>(REJECTED, options)) {
    if (withEarlier || hour !== EARLIER) Object.assign(at(partition, hour), rest)
  }
  return counts
}

const QUERY_TIMEOUT_MS = 120_000

function parametersOf(tallies: readonly PartitionTally[], withEarlier: boolean) {
  const byPartition = new Map(tallies.map((each) => [each.partition, each]))
  const partitions = Array.from({ length: Math.max(...byPartition.keys()) + 1 }, (_, p) => byPartition.get(p))
  const hours = tallies.flatMap(({ tally }) => [...tally.hours.keys()])
  const list = (valueOf: (each: PartitionTally) => number): string =>
    `[${partitions.map((each) => (each === undefined ? 0 : valueOf(each))).join(',')}]`
  return {
    froms: list(({ tally }) => tally.fromOffset),
    positions: list(({ position }) => position),
    floors: list(({ tally }) => (tally.earlier === undefined ? 0 : Math.min(...tally.hours.keys()))),
    since_ms: withEarlier || hours.length === 0 ? 0 : Math.min(...hours) * HOUR_MS,
    events: TOPICS.usageEvents.name,
    metered: TOPICS.usageMetered.name,
  }
}
