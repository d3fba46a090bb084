import { setTimeout as sleep } from 'node:timers/promises'

import type { Bench } from '../bench.ts'
import type { Writer } from './writers.ts'

const KILLS = 24
/** No more kills after this long, however many there were. */
const KILLS_DEADLINE_MS = 120_000
/** Nothing more has come for this long: what is missing then is lost. */
const QUIET_MS = 20_000
/** All are there: what comes after that is doubled. */
const QUIET_AT_THE_END_MS = 3_000
const END_DEADLINE_MS = 60_000
const POLL_MS = 250

export interface Outcome {
  /** How often each was killed. */
  readonly kills: Readonly<Record<string, number>>
  readonly rows: number
  /** Records that have no row. */
  readonly lost: number
  /** Rows beyond the first of a record. */
  readonly doubled: number
  readonly seconds: number
}

/**
 * Kills in turns all that there is to kill of a writer, each time as soon as a query has seen a new block: the position that
 * belongs to it is being committed then. In the end everything is left to finish, and rows are counted by their records.
 */
export async function killAndCount(bench: Bench, writer: Writer, expected: number): Promise<Outcome> {
  const startMs = performance.now()
  const kills: Record<string, number> = {}
  const victims = Object.entries(writer.kills)
  for (let turn = 0; turn < KILLS; turn += 1) {
    const [name, kill] = victims[turn % victims.length] ?? []
    const seen = await nextBlock(bench, writer.table, startMs + KILLS_DEADLINE_MS)
    if (name === undefined || kill === undefined || seen === undefined || seen >= expected) break
    await kill()
    kills[name] = (kills[name] ?? 0) + 1
  }
  const { rows, distinct } = await finished(bench, writer.table, expected)
  const seconds = (performance.now() - startMs) / 1_000
  return { kills, rows, lost: expected - distinct, doubled: rows - distinct, seconds }
}

/** Rows as soon as there are more than at first; asked without a pause. `undefined` when none came in time. */
async function nextBlock(bench: Bench, table: string, untilMs: number): Promise<number | undefined> {
  let first: number | undefined
  while (performance.now() < untilMs) {
    bench.signal.throwIfAborted()
    const rows = await ask(bench, `SELECT count() AS rows FROM ${table}`)
    if (rows === undefined) await sleep(POLL_MS)
    else if (first !== undefined && rows.rows > first) return rows.rows
    else first = rows.rows
  }
  return undefined
}

async function finished(
  bench: Bench,
  table: string,
  expected: number,
): Promise<{ rows: number; distinct: number }> {
  const untilMs = performance.now() + END_DEADLINE_MS
  let seen = { rows: 0, distinct: 0 }
  let changedMs = performance.now()
  while (performance.now() < untilMs) {
    bench.signal.throwIfAborted()
    const now = await ask(
      bench,
      `SELECT count() AS rows, uniqExact(_partition, _offset) AS distinct FROM ${table}`,
    )
    if (now !== undefined && now.rows !== seen.rows) {
      seen = { rows: now.rows, distinct: now.distinct ?? 0 }
      changedMs = performance.now()
    }
    const patienceMs = seen.distinct >= expected ? QUIET_AT_THE_END_MS : QUIET_MS
    if (performance.now() - changedMs > patienceMs) break
    await sleep(POLL_MS)
  }
  return seen
}

/** `undefined` while ClickHouse is away. */
async function ask({ stack }: Bench, sql: string): Promise<{ rows: number; distinct?: number } | undefined> {
  try {
    const [row] = await stack.clickhouse.rows<{ rows: number; distinct?: number }>(sql)
    return row
  } catch {
    return undefined
  }
}
