import { TOPICS } from '@meterline/contract'
import type { Admin } from 'kafkajs'

import type { Bench } from '../bench.ts'
import { measureDrain } from '../measure/drain.ts'
import type { DrainOptions, Throughput } from '../measure/drain.ts'
import { comparePeers, medianLimits, middleRound } from '../measure/rounds.ts'
import type { Round } from '../measure/rounds.ts'
import { median } from '../measure/statistics.ts'
import { dropTable, KAFKA_ENGINE, startKafkaEngine } from '../peers/kafka-engine.ts'
import { JSON_LOOP, startJsonLoop } from '../peers/start-json-loop.ts'
import { insertFromMemory } from '../raw/clickhouse-insert.ts'
import type { RateFigure } from '../report/figure.ts'
import { beginAt, countRecords, countRows, waitingSpans } from './metered-backlog.ts'
import type { LogSpan } from '../raw/clickhouse-insert.ts'

export interface SinkRound extends Round {
  readonly rows: number
}

const AIM_PER_SECOND = 200_000
const AIM_RATIOS = { [KAFKA_ENGINE]: 1, [JSON_LOOP]: 2 }
/** The sink's own flush size. */
const BLOCK_ROWS = 65_536
const DRAIN_DEADLINE_MS = 120_000

interface Backlog {
  readonly spans: readonly LogSpan[]
  readonly total: number
}

/**
 * The sink alone against what meter wrote to usage.metered, until the last row can be selected; then its peers against the
 * same records. Who goes first changes from round to round.
 */
export async function drainMetered(bench: Bench, admin: Admin, round: number): Promise<SinkRound> {
  const spans = await waitingSpans(bench, admin)
  const backlog = { spans, total: await countRecords(bench, spans) }
  const runs: [string, () => Promise<Throughput>][] = [
    ['ours', () => drainWithSink(bench, backlog)],
    [KAFKA_ENGINE, () => drainWithEngine(bench, admin, { ...backlog, round })],
    [JSON_LOOP, () => drainWithLoop(bench, admin, { ...backlog, round })],
  ]
  const results: Record<string, Throughput> = {}
  for (let turn = 0; turn < runs.length; turn += 1) {
    const run = runs[(turn + round) % runs.length]
    if (run === undefined) continue
    bench.say(`sink: ${run[0]}, round ${round + 1}`)
    results[run[0]] = await run[1]()
  }
  const { ours, ...peers } = results
  if (ours === undefined) throw new TypeError('the sink was not measured')
  const raw = await insertFromMemory(bench.stack, spans, BLOCK_ROWS)
  return {
    ours,
    rows: backlog.total,
    limits: { 'ClickHouse insert of the same bytes from memory': raw.rows / raw.seconds },
    peers,
  }
}

async function drainWithSink(bench: Bench, { total }: Backlog): Promise<Throughput> {
  const { stack } = bench
  const before = await countRows(bench, 'usage')
  const sink = await stack.start('sink')
  try {
    return await Promise.race([
      drain(bench, {
        done: async () => (await countRows(bench, 'usage')) - before,
        total,
        processes: { sink: () => sink.pid() },
      }),
      sink.crashed,
    ])
  } finally {
    await sink.stop()
  }
}

async function drainWithEngine(
  bench: Bench,
  admin: Admin,
  { spans, total, round }: Backlog & { readonly round: number },
): Promise<Throughput> {
  const name = `bench_engine_${round}`
  await beginAt(admin, `bench-${name}`, spans)
  const tables = await startKafkaEngine(bench.stack, name)
  try {
    return await drain(bench, { done: () => countRows(bench, tables.target), total, processes: {} })
  } finally {
    await tables.drop()
  }
}

async function drainWithLoop(
  bench: Bench,
  admin: Admin,
  { spans, total, round }: Backlog & { readonly round: number },
): Promise<Throughput> {
  const { clickhouse } = bench.stack
  const table = `bench_loop_${round}_usage`
  const groupId = `bench-loop-${process.pid}-${round}`
  await beginAt(admin, groupId, spans)
  await clickhouse.command(`CREATE TABLE ${table} AS usage`)
  const loop = startJsonLoop(bench, { table, groupId })
  try {
    return await Promise.race([
      drain(bench, {
        done: () => countRows(bench, table),
        total,
        processes: { loop: () => loop.pid() },
      }),
      loop.crashed,
    ])
  } finally {
    await loop.kill()
    await dropTable(clickhouse, table)
  }
}

function drain(
  { stack, signal }: Bench,
  of: Pick<DrainOptions, 'done' | 'total' | 'processes'>,
): Promise<Throughput> {
  const { clickhouse, kafka } = stack.serverPids
  return measureDrain({
    ...of,
    processes: { ...of.processes, clickhouse, kafka },
    deadlineMs: DRAIN_DEADLINE_MS,
    signal,
  })
}

export function sinkFigure(rounds: readonly SinkRound[]): RateFigure {
  return {
    kind: 'rate',
    name: 'sink',
    unit: 'rows/s',
    ours: median(rounds.map(({ ours }) => ours.perSecond)),
    rounds: rounds.map(({ ours }) => ours.perSecond),
    limits: medianLimits(rounds),
    peers: comparePeers(rounds, AIM_RATIOS),
    aim: AIM_PER_SECOND,
    cpuMicros: middleRound(rounds).ours.cpuMicros,
    notes: [
      `${rounds.map(({ rows }) => rows).join(', ')} rows of ${TOPICS.usageMetered.name}; a row counts when a query sees it`,
    ],
  }
}
