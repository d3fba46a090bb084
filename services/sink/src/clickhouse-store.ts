import { arrivedRows, killQueries, loadBlock, serverNowMs, waitForDeadline } from '@meterline/clickhouse'
import type { Clickhouse, LoadTable } from '@meterline/clickhouse'

import type { Store } from './exactly-once/store.ts'

export function clickhouseStore(
  clickhouse: Clickhouse,
  table: LoadTable,
  options: { readonly insertTimeoutMs: number },
): Store {
  const { insertTimeoutMs: timeoutMs } = options
  return {
    nowMs: () => serverNowMs(clickhouse),
    waitForDeadline: (deadlineMs, signal) => waitForDeadline(clickhouse, deadlineMs, signal),
    insert: (block) => loadBlock(clickhouse, { ...block, body: block.body.pieces(), table, timeoutMs }),
    kill: (queryIdPrefix) => killQueries(clickhouse, queryIdPrefix),
    arrived: (stretch) => arrivedRows(clickhouse, table, stretch),
  }
}
