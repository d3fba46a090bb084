import { scopeCondition, sqlText } from '../scope/scope-column.ts'
import type { ScopeId } from '../scope/scope.ts'

const MAX_EVIDENCE_ROWS = 1_000

export interface EvidenceSpan {
  readonly organization: string
  readonly scope: ScopeId
  readonly fromMs: number
  readonly toMs: number
  /** Only requests that no rate was found for, or what was rejected; the usage, when left out. */
  readonly of?: 'unrated' | 'rejected'
}

/** SQL over the ClickHouse table `usage` that finds the requests behind an alert, dearest first; of rejected ones, the newest of `rejected`. */
export function evidenceSql(span: EvidenceSpan): string {
  const { organization, scope, fromMs, toMs, of } = span
  if (of === 'rejected') return rejectedSql(span)
  return (
    'SELECT timestamp, request_id, model_name, api_key_id, endpoint, user_id, credits FROM usage' +
    ` WHERE organization = ${sqlText(organization)} AND ${scopeCondition(scope)}` +
    ` AND timestamp >= fromUnixTimestamp64Milli(toInt64(${fromMs}))` +
    ` AND timestamp < fromUnixTimestamp64Milli(toInt64(${toMs}))` +
    (of === 'unrated' ? " AND rating = 'unrated'" : '') +
    ` ORDER BY credits_micro DESC, request_id LIMIT ${MAX_EVIDENCE_ROWS}`
  )
}

/** A deployment has one organization, and the gateway tells its callers of what it refuses. */
function rejectedSql({ fromMs, toMs }: EvidenceSpan): string {
  return (
    "SELECT time, reason, error, api_key_id, source_topic, source_partition, source_offset FROM rejected WHERE stage != 'gateway'" +
    ` AND time >= fromUnixTimestamp64Milli(toInt64(${fromMs})) AND time < fromUnixTimestamp64Milli(toInt64(${toMs}))` +
    ` ORDER BY time DESC, source_offset DESC LIMIT ${MAX_EVIDENCE_ROWS}`
  )
}
