import { DEFAULT_USAGE_PARTITIONS, TOPICS } from '@meterline/contract'
import type { Admin } from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Bench } from '../bench.ts'
import { prefillEvents } from '../load/prefill.ts'
import { dropTable, KAFKA_ENGINE, startKafkaEngine } from '../peers/kafka-engine.ts'
import { JSON_LOOP, startJsonLoop } from '../peers/start-json-loop.ts'
import type { LogSpan } from '../raw/clickhouse-insert.ts'
import type { Figure } from '../report/figure.ts'
import { drainWithMeter } from './meter.ts'
import { beginAt, countRecords, waitingSpans } from './metered-backlog.ts'

/** Small blocks, so that there are many moments at which a kill matters. */
const BLOCK_ROWS = 10_000
const FETCH_BYTES = 4 * 1024 * 1024
const SHARE_BEFORE_KILL = 0.3
const POLL_MS = 10
const KILLS = 2
/** Nothing more has come for this long: what is missing then is lost. Longer than a killed consumer stays in its group. */
const QUIET_MS = 60_000
/** All are there: what comes after that is doubled. */
const QUIET_AT_THE_END_MS = 3_000
const DEADLINE_MS = 240_000

/** One way to bring usage.metered into a table, and what there is to kill of it. */
interface Writer {
  readonly table: string
  kill(turn: number): Promise<string>
  stop(): Promise<void>
}

/** Kills each writer twice while it works off the same backlog, and counts its rows in the end. */
export async function measureKills(bench: Bench): Promise<Figure[]> {
  const { options, stack, say } = bench
  const admin = await stack.kafka.openAdmin()
  try {
    say(`writing ${options.events} events`)
    await prefillEvents(stack, {
      topic: TOPICS.usageEvents.name,
      partitions: DEFAULT_USAGE_PARTITIONS,
      events: options.events,
      seed: 'kills',
    })
    await drainWithMeter(bench, admin)
    const spans = await waitingSpans(bench, admin)
    const expected = await countRecords(bench, spans)
    const rows: string[][] = []
    const starts = { sink: startSink, [KAFKA_ENGINE]: startEngine, [JSON_LOOP]: startLoop }
    for (const [name, start] of Object.entries(starts)) {
      say(`kills: ${name}`)
      rows.push([name, ...(await killAndCount(bench, await start(bench, { admin, spans }), expected))])
      say(`${rows.at(-1)?.join(', ')}`)
    }
    return [
      {
        kind: 'table',
        name: `kill -9 in the middle, ${expected} records`,
        columns: ['writer', 'killed', 'rows', 'lost', 'doubled', 'seconds'],
        rows,
        notes: ['a kill as soon as another 30 % are there; rows by partition and offset of their record'],
      },
    ]
  } finally {
    await admin.disconnect()
  }
}

const GROUPS = { engine: 'bench-bench_kill', loop: 'bench-kill-loop' }

interface From {
  readonly admin: Admin
  readonly spans: readonly LogSpan[]
}

async function startSink({ stack }: Bench): Promise<Writer> {
  const sink = await stack.start('sink', { METERLINE_SINK_FLUSH_ROWS: String(BLOCK_ROWS) })
  return {
    table: 'usage',
    kill: async (turn) => {
      if (turn % 2 === 1) return killClickhouse(stack)
      const pid = sink.pid()
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
      return 'sink'
    },
    stop: () => sink.stop(),
  }
}

async function startEngine({ stack }: Bench, { admin, spans }: From): Promise<Writer> {
  await beginAt(admin, GROUPS.engine, spans)
  const tables = await startKafkaEngine(stack, 'bench_kill', BLOCK_ROWS)
  return { table: tables.target, kill: () => killClickhouse(stack), stop: () => tables.drop() }
}

async function startLoop(bench: Bench, { admin, spans }: From): Promise<Writer> {
  const { stack } = bench
  await beginAt(admin, GROUPS.loop, spans)
  const table = 'bench_kill_loop'
  await stack.clickhouse.command(`CREATE TABLE ${table} AS usage`)
  const start = () => startJsonLoop(bench, { table, groupId: GROUPS.loop, fetchBytes: FETCH_BYTES })
  let loop = start()
  return {
    table,
    kill: async (turn) => {
      if (turn % 2 === 1) return killClickhouse(stack)
      await loop.kill()
      loop = start()
      return 'loop'
    },
    stop: async () => {
      await loop.kill()
      await dropTable(stack.clickhouse, table)
    },
  }
}

async function killClickhouse(stack: Bench['stack']): Promise<string> {
  await stack.killClickhouse()
  return 'ClickHouse'
}

async function killAndCount(bench: Bench, writer: Writer, expected: number): Promise<string[]> {
  const { signal } = bench
  const startMs = performance.now()
  const killed: string[] = []
  let seen = { rows: 0, distinct: 0 }
  let changedMs = startMs
  try {
    while (performance.now() - startMs < DEADLINE_MS) {
      signal.throwIfAborted()
      const now = await count(bench, writer.table)
      if (now !== undefined && now.rows !== seen.rows) {
        seen = now
        changedMs = performance.now()
        const due = SHARE_BEFORE_KILL * (killed.length + 1) * expected
        if (killed.length < KILLS && now.rows >= due && now.rows < expected)
          killed.push(await writer.kill(killed.length))
      }
      const patienceMs = seen.distinct >= expected ? QUIET_AT_THE_END_MS : QUIET_MS
      if (performance.now() - changedMs > patienceMs) break
      await sleep(POLL_MS)
    }
    const seconds = (changedMs - startMs) / 1_000
    return [
      tally(killed),
      String(seen.rows),
      String(expected - seen.distinct),
      String(seen.rows - seen.distinct),
      seconds.toFixed(0),
    ]
  } finally {
    await writer.stop()
  }
}

/** `undefined` while ClickHouse is away. */
async function count(
  { stack }: Bench,
  table: string,
): Promise<{ rows: number; distinct: number } | undefined> {
  try {
    const [row] = await stack.clickhouse.rows<{ rows: number; distinct: number }>(
      `SELECT count() AS rows, uniqExact(_partition, _offset) AS distinct FROM ${table}`,
    )
    return row
  } catch {
    return undefined
  }
}

function tally(killed: readonly string[]): string {
  return Object.entries(Object.groupBy(killed, (name) => name))
    .map(([name, times]) => `${name} ${times?.length ?? 0}×`)
    .join(', ')
}
