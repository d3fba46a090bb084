import { TOPICS } from '@meterline/contract'
import { readLog, readLogBounds } from '@meterline/kafka'
import type { Admin } from 'kafkajs'

import type { Bench } from '../bench.ts'
import { committedOffsets } from '../measure/committed.ts'
import { measureDrain } from '../measure/drain.ts'
import { medianLimits, middleRound } from '../measure/rounds.ts'
import type { Round } from '../measure/rounds.ts'
import { median } from '../measure/statistics.ts'
import { insertFromMemory } from '../raw/clickhouse-insert.ts'
import type { LogSpan } from '../raw/clickhouse-insert.ts'
import type { RateFigure } from '../report/figure.ts'

export interface SinkRound extends Round {
  readonly rows: number
}

const TOPIC = TOPICS.usageMetered.name
const GROUP = `sink.${TOPIC}`
const AIM_PER_SECOND = 200_000
/** The sink's own flush size. */
const BLOCK_ROWS = 65_536
const DRAIN_DEADLINE_MS = 90_000

/** Sink alone against what meter wrote to usage.metered, until the last row can be selected. */
export async function drainMetered(bench: Bench, admin: Admin): Promise<SinkRound> {
  const { stack, signal } = bench
  const spans = await waitingSpans(bench, admin)
  const before = await countRows(bench)
  const total = await countRecords(bench, spans)
  const sink = await stack.start('sink')
  try {
    const ours = await Promise.race([
      measureDrain({
        done: async () => (await countRows(bench)) - before,
        total,
        processes: {
          sink: () => sink.pid(),
          clickhouse: stack.serverPids.clickhouse,
          kafka: stack.serverPids.kafka,
        },
        deadlineMs: DRAIN_DEADLINE_MS,
        signal,
      }),
      sink.crashed,
    ])
    await sink.stop()
    const raw = await insertFromMemory(stack, spans, BLOCK_ROWS)
    return {
      ours,
      rows: total,
      limits: { 'ClickHouse insert of the same bytes from memory': raw.rows / raw.seconds },
    }
  } finally {
    await sink.stop()
  }
}

export function sinkFigure(rounds: readonly SinkRound[]): RateFigure {
  return {
    kind: 'rate',
    name: 'sink',
    unit: 'rows/s',
    ours: median(rounds.map(({ ours }) => ours.perSecond)),
    rounds: rounds.map(({ ours }) => ours.perSecond),
    limits: medianLimits(rounds),
    aim: AIM_PER_SECOND,
    cpuMicros: middleRound(rounds).ours.cpuMicros,
    notes: [`${rounds.map(({ rows }) => rows).join(', ')} rows; a row counts when a query sees it`],
  }
}

async function waitingSpans({ stack }: Bench, admin: Admin): Promise<LogSpan[]> {
  const committed = await committedOffsets(admin, { groupId: GROUP, topic: TOPIC })
  return Promise.all(
    [...committed].map(async ([partition, offset]) => {
      const { low } = await readLogBounds(stack.kafka.reads, { topic: TOPIC, partition })
      return { topic: TOPIC, partition, fromOffset: Math.max(offset, low) }
    }),
  )
}

async function countRecords({ stack }: Bench, spans: readonly LogSpan[]): Promise<number> {
  let count = 0
  for (const span of spans) {
    for await (const records of readLog(stack.kafka, { ...span, to: 'end' })) count += records.length
  }
  return count
}

async function countRows({ stack }: Bench): Promise<number> {
  const [row] = await stack.clickhouse.rows<{ rows: number }>('SELECT count() AS rows FROM usage')
  return row?.rows ?? 0
}
