import { reconcile } from '@meterline/reconciliation'

import type { BenchStack } from '../bench/stack/bench-stack.ts'
import type { LoadResult } from './traffic/load-program.ts'

const RECONCILE_WAIT_MS = 120_000
const QUERY_TIMEOUT_MS = 120_000
const SHOWN = 5

export interface Account {
  /** Events of requests that were answered with 202. */
  readonly acknowledged: number
  readonly rows: number
  readonly problems: readonly string[]
}

/** Rows by the number of the request that brought them. */
type RowsByRun = ReadonlyMap<number, { readonly ids: number; readonly rows: number }>

/** What stands already: the measuring of the sustainable rate counts its requests from 1, too. */
export async function rowsByRun({ clickhouse }: BenchStack): Promise<RowsByRun> {
  const rows = await clickhouse.rows<{ run: string; ids: number; rows: number }>(
    'SELECT substring(request_id, 5, 8) AS run, uniqExact(request_id) AS ids, count() AS rows FROM usage GROUP BY run',
    { timeoutMs: QUERY_TIMEOUT_MS },
  )
  return new Map(rows.map(({ run, ...counts }) => [Number.parseInt(run, 36), counts]))
}

/** Every event of every acknowledged request has one row, no request has two, and the counts reconcile. */
export async function checkAcknowledged(
  stack: BenchStack,
  load: LoadResult,
  before: RowsByRun,
): Promise<Account> {
  const { clickhouse, kafka } = stack
  const byRun = await rowsByRun(stack)
  const rows = [...byRun.values()]
  const newIds = (run: number): number => (byRun.get(run)?.ids ?? 0) - (before.get(run)?.ids ?? 0)
  const lost = load.acknowledged.filter(([run, events]) => newIds(run) !== events)
  const doubled = rows.filter((row) => row.rows !== row.ids)
  const { difference } = await reconcile({ kafka, clickhouse, waitMs: RECONCILE_WAIT_MS, withEarlier: true })
  return {
    acknowledged: load.acknowledged.reduce((sum, [, events]) => sum + events, 0),
    rows: load.acknowledged.reduce((sum, [run]) => sum + newIds(run), 0),
    problems: [
      ...(lost.length === 0
        ? []
        : [
            `${lost.length} acknowledged requests are not all there (${lost
              .slice(0, SHOWN)
              .map(([run]) => run)
              .join(', ')})`,
          ]),
      ...(doubled.length === 0 ? [] : [`${doubled.length} requests have events with two rows`]),
      ...(difference === 0 ? [] : [`the reconciliation differs by ${difference}`]),
    ],
  }
}
