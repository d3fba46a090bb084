import type { Clickhouse, QueryParameters } from '@meterline/clickhouse'

const TIMEOUT_MS = 10_000

/** Of which records; what is left out matches all. Times in milliseconds. */
export interface AuditFilters {
  readonly kind?: string | undefined
  readonly id?: string | undefined
  readonly actor?: string | undefined
  readonly type?: 'put' | 'removed' | undefined
  readonly command_id?: string | undefined
  readonly from?: number | undefined
  readonly to?: number | undefined
  readonly limit: number
  /** Older than the record at this offset. */
  readonly before?: number | undefined
}

/** One record of the log. What proves a secret or a person was left out when it was stored. */
export interface AuditRow {
  readonly offset: number
  readonly at: string
  readonly command_id: string
  readonly actor: string
  readonly kind: string
  readonly id: string
  readonly type: string
  /** The whole entity after the change, as the log has it; `null` when it was removed. */
  readonly data: unknown
}

/** Rows that match, newest first. Every value is bound, none is written into the statement. */
export async function readAudit(
  clickhouse: Clickhouse,
  filters: AuditFilters,
  within: readonly string[] | undefined,
): Promise<readonly AuditRow[]> {
  const { conditions, parameters } = conditionsOf(filters, within)
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
  // A record that was inserted twice after a doubt is one row still.
  const rows = await clickhouse.rows<Omit<AuditRow, 'data'> & { data: string }>(
    `SELECT _offset AS offset, formatDateTime(at, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS at, command_id, actor, kind, id, type, data
     FROM audit ${where} ORDER BY _offset DESC LIMIT 1 BY _offset LIMIT {limit:UInt32}`,
    { parameters: { ...parameters, limit: filters.limit }, timeoutMs: TIMEOUT_MS },
  )
  return rows.map((row) => ({ ...row, data: row.data === '' ? null : (JSON.parse(row.data) as unknown) }))
}

function conditionsOf(
  { kind, id, actor, type, command_id, from, to, before }: AuditFilters,
  within: readonly string[] | undefined,
): { readonly conditions: readonly string[]; readonly parameters: QueryParameters } {
  const wanted: readonly (readonly [string, string, string | number | undefined])[] = [
    ['kind', 'kind = {kind:String}', kind],
    ['id', 'id = {id:String}', id],
    ['actor', 'actor = {actor:String}', actor],
    ['type', 'type = {type:String}', type],
    ['command', 'command_id = {command:String}', command_id],
    ['from', 'at >= fromUnixTimestamp64Milli({from:Int64})', from],
    ['to', 'at < fromUnixTimestamp64Milli({to:Int64})', to],
    ['before', '_offset < {before:Int64}', before],
    [
      'within',
      "has(JSONExtract({within:String}, 'Array(String)'), concat(kind, ':', id))",
      within && JSON.stringify(within),
    ],
  ]
  const given = wanted.flatMap(([name, condition, value]) =>
    value === undefined ? [] : [{ name, condition, value }],
  )
  return {
    conditions: given.map(({ condition }) => condition),
    parameters: Object.fromEntries(given.map(({ name, value }) => [name, value])),
  }
}
