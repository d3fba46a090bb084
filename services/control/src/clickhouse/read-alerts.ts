import type { Clickhouse } from '@meterline/clickhouse'
import type { ScopeId } from '@meterline/domain'

const TIMEOUT_MS = 10_000

/** The newest version of an alert, as burn said it. */
export interface AlertRow {
  readonly id: string
  readonly at: string
  readonly state: string
  readonly severity: string
  readonly rule: string
  readonly scope: ScopeId
  readonly allocation_id: string | null
  readonly threshold: number
  readonly period: string
  readonly current_usage: number
}

export interface AlertFilters {
  readonly state?: string | undefined
  readonly severity?: string | undefined
  readonly scope?: string | undefined
  readonly id?: string | undefined
  readonly limit: number
}

/** Alerts by their newest version, newest first. */
export function readAlerts(clickhouse: Clickhouse, filters: AlertFilters): Promise<readonly AlertRow[]> {
  const names = ['state', 'severity', 'scope', 'id'] as const
  const given = names.flatMap((name) => (filters[name] === undefined ? [] : [[name, filters[name]] as const]))
  const where =
    given.length === 0 ? '' : `WHERE ${given.map(([name]) => `${name} = {${name}:String}`).join(' AND ')}`
  return clickhouse.rows<AlertRow>(
    `SELECT id, formatDateTime(at, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS at, state, severity, rule, scope, allocation_id,
       threshold, period, toFloat64(current_usage) AS current_usage
     FROM alerts_latest ${where} ORDER BY alerts_latest.at DESC LIMIT {limit:UInt32}`,
    { parameters: { ...Object.fromEntries(given), limit: filters.limit }, timeoutMs: TIMEOUT_MS },
  )
}
