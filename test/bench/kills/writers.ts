import type { Admin } from 'kafkajs'

import type { Bench } from '../bench.ts'
import { beginAt } from '../figures/metered-backlog.ts'
import { dropTable, KAFKA_ENGINE, startKafkaEngine } from '../peers/kafka-engine.ts'
import { JSON_LOOP, startJsonLoop } from '../peers/start-json-loop.ts'
import type { LogSpan } from '../raw/clickhouse-insert.ts'
import { takeOutMembers } from './take-out-members.ts'

/** Small blocks: the moment between a block and its position comes often. */
const BLOCK_ROWS = 2_000
/** About as many records. */
const FETCH_BYTES = 1024 * 1024
/** What the sink waits for in doubt: far longer than such a block takes. */
const LEASE_MS = 2_000

/** A way to bring usage.metered into a table, and what there is to kill of it. */
export interface Writer {
  readonly table: string
  /** Each sends SIGKILL before anything else, and resolves when the killed one is there again. */
  readonly kills: Readonly<Record<string, () => Promise<void>>>
  stop(): Promise<void>
}

export interface From {
  readonly admin: Admin
  readonly spans: readonly LogSpan[]
}

/** Ours takes its dead member out of the group by itself; for the others it is done here, so that none waits for a session. */
export const WRITERS: Readonly<Record<string, (bench: Bench, from: From) => Promise<Writer>>> = {
  sink: startSink,
  [KAFKA_ENGINE]: startEngine,
  [JSON_LOOP]: startLoop,
}

async function startSink({ stack }: Bench): Promise<Writer> {
  const start = () =>
    stack.start('sink', {
      METERLINE_SINK_FLUSH_ROWS: String(BLOCK_ROWS),
      METERLINE_SINK_LEASE_MS: String(LEASE_MS),
    })
  let sink = await start()
  return {
    table: 'usage',
    kills: {
      sink: async () => {
        killNow(sink.pid())
        await sink.stop()
        sink = await start()
      },
      ClickHouse: () => stack.killClickhouse(),
    },
    stop: () => sink.stop(),
  }
}

async function startEngine(bench: Bench, { admin, spans }: From): Promise<Writer> {
  const { stack } = bench
  const name = 'bench_kill'
  const groupId = `bench-${name}`
  await beginAt(admin, groupId, spans)
  const tables = await startKafkaEngine(stack, name, BLOCK_ROWS)
  return {
    table: tables.target,
    kills: { ClickHouse: () => stack.killClickhouse(() => takeOutMembers(bench, admin, groupId)) },
    stop: () => tables.drop(),
  }
}

async function startLoop(bench: Bench, { admin, spans }: From): Promise<Writer> {
  const { stack } = bench
  const groupId = 'bench-kill-loop'
  await beginAt(admin, groupId, spans)
  const table = 'bench_kill_loop'
  await stack.clickhouse.command(`CREATE TABLE ${table} AS usage`)
  const start = () => startJsonLoop(bench, { table, groupId, fetchBytes: FETCH_BYTES })
  let loop = start()
  return {
    table,
    kills: {
      loop: async () => {
        killNow(loop.pid())
        await loop.kill()
        await takeOutMembers(bench, admin, groupId)
        loop = start()
      },
      ClickHouse: () => stack.killClickhouse(),
    },
    stop: async () => {
      await loop.kill()
      await dropTable(stack.clickhouse, table)
    },
  }
}

function killNow(pid: number | undefined): void {
  if (pid !== undefined) process.kill(pid, 'SIGKILL')
}
