import { TOPICS } from '@meterline/contract'
import type { Admin } from 'kafkajs'

import type { Bench } from '../bench.ts'
import { measureDrain } from '../measure/drain.ts'
import type { Throughput } from '../measure/drain.ts'
import { watchGroup } from '../measure/group-progress.ts'
import { median } from '../measure/statistics.ts'
import { comparePeers, medianLimits, middleRound } from '../measure/rounds.ts'
import type { Round } from '../measure/rounds.ts'
import { drainWithStreams, KAFKA_STREAMS, meterPosition } from '../peers/kafka-streams.ts'
import { passThrough } from '../raw/pass-through.ts'
import type { RateFigure } from '../report/figure.ts'

const AIM_PER_SECOND = 100_000
const AIM_RATIOS = { [KAFKA_STREAMS]: 1 }
const DRAIN_DEADLINE_MS = 90_000

/** Meter alone against all that waits in usage.events; beside it Kafka Streams, which goes first every other time. */
export async function drainEvents(bench: Bench, admin: Admin, round: number): Promise<Round> {
  const { options } = bench
  if (!options.figures.has('meter')) return { ours: await drainWithMeter(bench, admin), limits: {} }
  const from = await meterPosition(admin)
  const streams = (): Promise<Throughput> => {
    bench.say(`Kafka Streams, round ${round + 1}`)
    return drainWithStreams(bench, admin, { round, from })
  }
  const before = round % 2 === 1 ? await streams() : undefined
  bench.say(`meter, round ${round + 1}`)
  const ours = await drainWithMeter(bench, admin)
  const theirs = before ?? (await streams())
  const limits = await passThrough(bench, { topic: TOPICS.usageEvents.name, records: options.events })
  return { ours, limits, peers: { [KAFKA_STREAMS]: theirs } }
}

export async function drainWithMeter({ stack, signal }: Bench, admin: Admin): Promise<Throughput> {
  const topic = TOPICS.usageEvents.name
  const progress = await watchGroup(stack, admin, { groupId: 'meter', topic, transactional: false })
  const processor = await stack.start('processor', { PROCESSOR_TOPOLOGIES: 'meter' })
  try {
    return await Promise.race([
      measureDrain({
        ...progress,
        processes: { meter: () => processor.pid(), kafka: stack.serverPids.kafka },
        deadlineMs: DRAIN_DEADLINE_MS,
        signal,
      }),
      processor.crashed,
    ])
  } finally {
    await processor.stop()
  }
}

export function meterFigure(rounds: readonly Round[]): RateFigure {
  return {
    kind: 'rate',
    name: 'meter',
    unit: 'events/s',
    ours: median(rounds.map(({ ours }) => ours.perSecond)),
    rounds: rounds.map(({ ours }) => ours.perSecond),
    limits: medianLimits(rounds),
    peers: comparePeers(rounds, AIM_RATIOS),
    aim: AIM_PER_SECOND,
    cpuMicros: middleRound(rounds).ours.cpuMicros,
    notes: [],
  }
}
