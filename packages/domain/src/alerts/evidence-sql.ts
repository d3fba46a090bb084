import { scopeCondition, sqlText } from '../scope/scope-column.ts'
import type { ScopeId } from '../scope/scope.ts'

const MAX_EVIDENCE_ROWS = 1_000

export interface EvidenceSpan {
  readonly organization: string
  readonly scope: ScopeId
  readonly fromMs: number
  readonly toMs: number
  /** Only requests that no rate was found for. */
  readonly isUnrated?: boolean
}

/** SQL over the ClickHouse table `usage` that finds the requests behind an alert, dearest first. */
export function evidenceSql(span: EvidenceSpan): string {
  const { organization, scope, fromMs, toMs, isUnrated = false } = span
  return (
    'SELECT timestamp, request_id, model_name, api_key_id, endpoint, user_id, credits FROM usage' +
    ` WHERE organization = ${sqlText(organization)} AND ${scopeCondition(scope)}` +
    ` AND timestamp >= fromUnixTimestamp64Milli(toInt64(${fromMs}))` +
    ` AND timestamp < fromUnixTimestamp64Milli(toInt64(${toMs}))` +
    (isUnrated ? " AND rating = 'unrated'" : '') +
    ` ORDER BY credits_micro DESC, request_id LIMIT ${MAX_EVIDENCE_ROWS}`
  )
}
