import type { Clickhouse, QueryParameters } from '@meterline/clickhouse'

/** A row of `rejected`: the record as received, and why it was not counted. */
export interface RejectedRow {
  /** Partition and offset in `usage.rejected`: names the row for good. */
  readonly id: string
  readonly timeMs: number
  readonly reason: string
  readonly stage: string
  readonly error: string
  readonly sourceTopic: string
  readonly sourcePartition: number | null
  readonly sourceOffset: number | null
  readonly apiKeyId: string
  readonly key: Buffer
  readonly value: Buffer
  readonly headers: Readonly<Record<string, string>>
}

export interface RejectedFilter {
  readonly reason?: string
  readonly stage?: string
  readonly sinceMs?: number
}

/** A record may have 6 MiB: this bounds what is in memory at once. */
const PAGE_ROWS = 40
const QUERY_TIMEOUT_MS = 120_000

interface Stored {
  readonly partition: number
  readonly offset: number
  readonly timeMs: number
  readonly reason: string
  readonly stage: string
  readonly error: string
  readonly source_topic: string
  readonly source_partition: number | null
  readonly source_offset: number | null
  readonly api_key_id: string
  readonly key64: string
  readonly value64: string
  readonly headers: Record<string, string>
}

const COLUMNS = `_partition AS partition, _offset AS offset, toUnixTimestamp64Milli(time) AS timeMs, reason, stage, error,
    source_topic, source_partition, source_offset, api_key_id, base64Encode(key) AS key64,
    base64Encode(value) AS value64, headers`

/** The newest that match, newest first. */
export async function newestRejected(
  clickhouse: Clickhouse,
  filter: RejectedFilter,
  limit: number,
): Promise<RejectedRow[]> {
  const { where, parameters } = conditionOf(filter)
  // What is listed is read in one go: of a large value its beginning is enough.
  const columns = COLUMNS.replace('base64Encode(value)', `base64Encode(substring(value, 1, ${LISTED_BYTES}))`)
  const stored = await clickhouse.rows<Stored>(
    `SELECT ${columns} FROM rejected WHERE ${where} ORDER BY time DESC, partition DESC, offset DESC LIMIT {limit:UInt32}`,
    { parameters: { ...parameters, limit }, timeoutMs: QUERY_TIMEOUT_MS },
  )
  return stored.map(rowOf)
}

const LISTED_BYTES = 8_192

/** One of them, by its id; `undefined` when there is none. */
export async function rejectedById(clickhouse: Clickhouse, id: string): Promise<RejectedRow | undefined> {
  const [partition = 0, offset = 0] = id.split('/').map(Number)
  const [stored] = await clickhouse.rows<Stored>(
    `SELECT ${COLUMNS} FROM rejected WHERE _partition = {partition:Int32} AND _offset = {offset:Int64}`,
    { parameters: { partition, offset } },
  )
  return stored === undefined ? undefined : rowOf(stored)
}

export async function countRejected(
  clickhouse: Clickhouse,
  filter: RejectedFilter,
): Promise<readonly { readonly reason: string; readonly stage: string; readonly records: number }[]> {
  const { where, parameters } = conditionOf(filter)
  return clickhouse.rows(
    `SELECT reason, stage, count() AS records FROM rejected WHERE ${where} GROUP BY reason, stage ORDER BY records DESC`,
    { parameters, timeoutMs: QUERY_TIMEOUT_MS },
  )
}

/** All that match and were there when it was begun, page by page, oldest first. */
export async function* eachRejected(
  clickhouse: Clickhouse,
  filter: RejectedFilter & { readonly untilMs: number },
): AsyncGenerator<RejectedRow[], void> {
  const { where, parameters } = conditionOf(filter)
  let after: QueryParameters = { time: -1, partition: -1, offset: -1 }
  for (;;) {
    const stored: Stored[] = await clickhouse.rows<Stored>(
      `SELECT ${COLUMNS} FROM rejected WHERE ${where} AND time <= fromUnixTimestamp64Milli({until:Int64})
        AND (toUnixTimestamp64Milli(time), _partition, _offset) > ({time:Int64}, {partition:Int32}, {offset:Int64})
        ORDER BY time, partition, offset LIMIT ${PAGE_ROWS}`,
      { parameters: { ...parameters, ...after, until: filter.untilMs }, timeoutMs: QUERY_TIMEOUT_MS },
    )
    const last = stored.at(-1)
    if (last === undefined) return
    yield stored.map(rowOf)
    after = { time: last.timeMs, partition: last.partition, offset: last.offset }
  }
}

function conditionOf({ reason, stage, sinceMs }: RejectedFilter) {
  const given: [string, string, string | number][] = [
    ...(reason === undefined ? [] : ([['reason = {reason:String}', 'reason', reason]] as const)),
    ...(stage === undefined ? [] : ([['stage = {stage:String}', 'stage', stage]] as const)),
    ...(sinceMs === undefined
      ? []
      : ([['time >= fromUnixTimestamp64Milli({since:Int64})', 'since', sinceMs]] as const)),
  ].map(([condition, name, value]) => [condition, name, value])
  return {
    where: given.length === 0 ? '1' : given.map(([condition]) => condition).join(' AND '),
    parameters: Object.fromEntries(given.map(([, name, value]) => [name, value])) as QueryParameters,
  }
}

function rowOf(stored: Stored): RejectedRow {
  const { partition, offset, timeMs, reason, stage, error, headers } = stored
  return {
    id: `${partition}/${offset}`,
    timeMs,
    reason,
    stage,
    error,
    sourceTopic: stored.source_topic,
    sourcePartition: stored.source_partition,
    sourceOffset: stored.source_offset,
    apiKeyId: stored.api_key_id,
    key: Buffer.from(stored.key64, 'base64'),
    value: Buffer.from(stored.value64, 'base64'),
    headers,
  }
}
