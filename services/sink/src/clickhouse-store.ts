import { arrivedRows, killQueries, loadBlock, serverNowMs, waitForDeadline } from '@meterline/clickhouse'
import type { Clickhouse, LoadTable, WriteWitness } from '@meterline/clickhouse'

import type { Store } from './exactly-once/store.ts'

export function clickhouseStore(
  clickhouse: Clickhouse,
  table: LoadTable,
  options: { readonly commitTimeoutMs: number; readonly witness: WriteWitness },
): Store {
  const { commitTimeoutMs, witness } = options
  return {
    nowMs: () => serverNowMs(clickhouse),
    waitForDeadline: (deadlineMs, signal) => waitForDeadline(clickhouse, deadlineMs, signal),
    insert: ({ leaseMs, body, ...block }) =>
      witness.attest(() =>
        loadBlock(clickhouse, { ...block, body: body.pieces(), table, timeoutMs: leaseMs + commitTimeoutMs }),
      ),
    kill: (queryIdPrefix) => killQueries(clickhouse, queryIdPrefix),
    arrived: (stretch) => witness.attest(() => arrivedRows(clickhouse, table, stretch)),
  }
}
