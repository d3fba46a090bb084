import { scopeColumn, scopeCondition, sqlText } from '../../scope/scope-column.ts'
import { scopeKind, type ScopeId } from '../../scope/scope.ts'

/** Spend of one scope in five minutes that had any. */
export interface HistoryPane {
  readonly scope: ScopeId
  readonly start_ms: number
  readonly credits_micro: number
  readonly requests: number
  readonly unrated_requests: number
}

export const HISTORY_PANE_MS = 300_000
/** More are too many for one answer: ask for fewer scopes or days. */
export const MAX_HISTORY_PANES = 500_000

export interface HistoryQuery {
  readonly organization: string
  /** One scope, or `<kind>:*`. */
  readonly scope: ScopeId
  readonly fromMs: number
  readonly toMs: number
  /** At most this many panes, and one row more when there are more; `MAX_HISTORY_PANES` where left out. */
  readonly maxPanes?: number
}

/**
 * SQL over the ClickHouse table `usage` for the history of a backtest, in time order, as columns of `HistoryPane`; one row more
 * than `maxPanes` when there are more. Ask for the integers as numbers (`output_format_json_quote_64bit_integers = 0`).
 */
export function spendHistorySql(query: HistoryQuery): string {
  const { organization, scope, fromMs, toMs, maxPanes = MAX_HISTORY_PANES } = query
  const kind = scopeKind(scope)
  const column = scopeColumn(kind)
  const condition = scope === `${kind}:*` ? `${column} != ''` : scopeCondition(scope)
  return (
    `SELECT concat(${sqlText(`${kind}:`)}, ${column}) AS scope,` +
    ' toUnixTimestamp(toStartOfFiveMinutes(timestamp)) * 1000 AS start_ms,' +
    ' sum(credits_micro) AS credits_micro, count() AS requests,' +
    " countIf(rating = 'unrated') AS unrated_requests FROM usage" +
    ` WHERE organization = ${sqlText(organization)} AND ${condition}` +
    ` AND timestamp >= fromUnixTimestamp64Milli(toInt64(${fromMs}))` +
    ` AND timestamp < fromUnixTimestamp64Milli(toInt64(${toMs}))` +
    ` GROUP BY scope, start_ms ORDER BY start_ms, scope LIMIT ${maxPanes + 1}`
  )
}

/** A row of the answer as a pane: numbers may come as text. Throws `TypeError` for what is none. */
export function historyPane(row: Readonly<Record<string, unknown>>): HistoryPane {
  const number = (name: keyof HistoryPane): number => {
    const value = Number(row[name])
    if (!Number.isSafeInteger(value)) throw new TypeError(`${name} of a history row is no whole number`)
    return value
  }
  return {
    scope: String(row['scope']) as ScopeId,
    start_ms: number('start_ms'),
    credits_micro: number('credits_micro'),
    requests: number('requests'),
    unrated_requests: number('unrated_requests'),
  }
}
