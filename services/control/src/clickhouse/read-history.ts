import type { Clickhouse } from '@meterline/clickhouse'
import { historyPane, spendHistorySql } from '@meterline/domain'
import type { HistoryPane, HistoryQuery } from '@meterline/domain'
import { ApiError } from '@meterline/http'

const TIMEOUT_MS = 30_000
/** Some 40 MB while they are looked at: ten scopes that are busy in every five minutes of ten weeks. */
const MAX_PANES = 200_000

/** What a scope, or each of a kind, spent in every five minutes, in the order of time. Throws `ApiError` 422 when it is too much. */
export async function readHistory(
  clickhouse: Clickhouse,
  query: Omit<HistoryQuery, 'maxPanes'>,
): Promise<readonly HistoryPane[]> {
  const sql = spendHistorySql({ ...query, maxPanes: MAX_PANES })
  const rows = await clickhouse.rows<Record<string, unknown>>(sql, { timeoutMs: TIMEOUT_MS })
  if (rows.length > MAX_PANES) {
    throw new ApiError(
      422,
      'too_much_history',
      `scope has more than ${MAX_PANES} times of five minutes with usage: name one scope, or fewer days`,
      { field: 'scope' },
    )
  }
  return rows.map(historyPane)
}
