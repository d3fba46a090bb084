import { reconcile } from '@meterline/reconciliation'
import type { ReconciliationRow } from '@meterline/reconciliation'

import { TOPICS } from '@meterline/contract'
import { readLog } from '@meterline/kafka'

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
  const { difference, rows: hours } = await reconcile({
    kafka,
    clickhouse,
    waitMs: RECONCILE_WAIT_MS,
    withEarlier: true,
  })
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
              .join(
                ', ',
              )}): ${await whereabouts(stack, lost, { newIds, hours })}; ${await inLog(stack, lost)}`,
          ]),
      ...(doubled.length === 0 ? [] : [`${doubled.length} requests have events with two rows`]),
      ...(difference === 0 ? [] : [`the reconciliation differs by ${difference}`]),
    ],
  }
}

/** What became of the events that have no row: refused by meter, taken for duplicates, or never written. */
async function whereabouts(
  { clickhouse }: BenchStack,
  lost: LoadResult['acknowledged'],
  { newIds, hours }: { newIds: (run: number) => number; readonly hours: readonly ReconciliationRow[] },
): Promise<string> {
  const runs = lost.map(([run]) => `'req_${run.toString(36).padStart(8, '0')}'`).slice(0, SHOWN)
  const [refused] = await clickhouse.rows<{ reasons: string }>(
    `SELECT toString(groupArray((stage, reason, error, source_partition, source_offset))) AS reasons FROM rejected
     WHERE multiSearchAny(value, [${runs.join(', ')}])`,
    { timeoutMs: QUERY_TIMEOUT_MS },
  )
  const there = lost.map(([run, events]) => `${newIds(run)} of ${events}`)
  const total = (count: (row: ReconciliationRow) => number) => hours.reduce((sum, row) => sum + count(row), 0)
  return (
    `there are ${there.slice(0, SHOWN).join(', ')}; refused: ${refused?.reasons ?? 'none'}; in all ` +
    `${total((row) => row.accepted)} accepted, ${total((row) => row.metered)} metered, ` +
    `${total((row) => row.duplicates)} duplicates, ${total((row) => row.rejected)} rejected, ` +
    `${total((row) => row.unstored)} not stored`
  )
}

/** Whether they stand in `usage.events`, by the ids in its bytes. */
async function inLog({ kafka }: BenchStack, lost: LoadResult['acknowledged']): Promise<string> {
  const [[run] = [0]] = lost
  const prefix = Buffer.from(`req_${run.toString(36).padStart(8, '0')}`)
  const places = new Map<string, string[]>()
  const topic = TOPICS.usageEvents.name
  for (const partition of await kafka.reads.partitionsOf(topic)) {
    for await (const records of readLog(kafka, { topic, partition, to: 'end' })) {
      for (const { value, offset } of records) {
        const at = value?.indexOf(prefix) ?? -1
        if (value === null || at < 1) continue
        const id = value.toString('latin1', at, at + (value[at - 1] ?? 0) / 2)
        places.set(id, [...(places.get(id) ?? []), `${partition}/${offset}`])
      }
    }
  }
  const repeated = [...places].filter(([, where]) => where.length > 1)
  return `the log has ${places.size} ids of run ${run}, repeated: ${JSON.stringify(repeated)}`
}
