import { DEFAULT_SPEND_PARTITIONS, TOPICS } from '@meterline/contract'
import { createLogWriter } from '@meterline/kafka'
import type { Admin } from 'kafkajs'

import type { Bench } from '../bench.ts'
import { deltaMessages, WIDE_SCOPES, wideDeltas } from '../load/wide-deltas.ts'
import { measureDrain } from '../measure/drain.ts'
import type { Throughput } from '../measure/drain.ts'
import { watchGroup } from '../measure/group-progress.ts'
import { medianLimits, middleRound } from '../measure/rounds.ts'
import type { Round } from '../measure/rounds.ts'
import { median } from '../measure/statistics.ts'
import { passThrough } from '../raw/pass-through.ts'
import type { Figure, RateFigure } from '../report/figure.ts'
import { measureBurnCore } from './burn-core.ts'
import { measureBurnTeams } from './burn-teams.ts'

export interface BurnRounds {
  /** What meter wrote. */
  readonly narrow: Round[]
  /** Many scopes, written by the benchmark. */
  readonly wide: Round[]
}

const TOPIC = TOPICS.spendDelta.name
const WIDE_DELTAS = 300_000
const CHUNK_DELTAS = 50_000
const DRAIN_DEADLINE_MS = 90_000

/** Burn alone against the deltas that meter wrote. */
export async function drainDeltas(bench: Bench, admin: Admin): Promise<Round> {
  return { ours: await drain(bench, admin), limits: {} }
}

/** Burn alone against deltas of 10,000 scopes. */
export async function drainWideDeltas(bench: Bench, admin: Admin, round: number): Promise<Round> {
  const writer = createLogWriter(bench.stack.kafka, { sendTimeoutMs: 60_000 })
  const deltas = wideDeltas({ seed: `wide${round}`, count: WIDE_DELTAS, endMs: Date.now() })
  const schemaId = bench.stack.schemaId(`${TOPIC}-value`)
  for (let from = 0; from < deltas.length; from += CHUNK_DELTAS) {
    const chunk = deltas.slice(from, from + CHUNK_DELTAS)
    const messages = deltaMessages(chunk, { partitions: DEFAULT_SPEND_PARTITIONS, schemaId })
    await writer.send(messages.map((of, partition) => ({ topic: TOPIC, partition, messages: of })))
  }
  await writer.close()
  const ours = await drain(bench, admin)
  return { ours, limits: await passThrough(bench, { topic: TOPIC, records: WIDE_DELTAS }) }
}

export async function burnFigures(bench: Bench, { narrow, wide }: BurnRounds): Promise<Figure[]> {
  return [
    rateFigure('burn, deltas of the traffic', narrow),
    rateFigure(`burn, ${WIDE_SCOPES} scopes`, wide),
    measureBurnCore(),
    ...(bench.signal.aborted ? [] : [await measureBurnTeams(bench)]),
  ]
}

function rateFigure(name: string, rounds: readonly Round[]): RateFigure {
  return {
    kind: 'rate',
    name,
    unit: 'deltas/s',
    ours: median(rounds.map(({ ours }) => ours.perSecond)),
    rounds: rounds.map(({ ours }) => ours.perSecond),
    limits: medianLimits(rounds),
    cpuMicros: middleRound(rounds).ours.cpuMicros,
    notes: [`${rounds.map(({ ours }) => ours.records).join(', ')} deltas were timed`],
  }
}

async function drain(bench: Bench, admin: Admin): Promise<Throughput> {
  const { stack, signal } = bench
  const progress = await watchGroup(stack, admin, { groupId: 'burn', topic: TOPIC, transactional: true })
  const processor = await stack.start('processor', { PROCESSOR_TOPOLOGIES: 'burn' })
  try {
    return await Promise.race([
      measureDrain({
        ...progress,
        processes: { burn: () => processor.pid(), kafka: stack.serverPids.kafka },
        deadlineMs: DRAIN_DEADLINE_MS,
        signal,
      }),
      processor.crashed,
    ])
  } finally {
    await processor.stop()
  }
}
