import { TOPICS } from '@meterline/contract'
import type { Admin } from 'kafkajs'

import type { Bench } from '../bench.ts'
import { measureDrain } from '../measure/drain.ts'
import { watchGroup } from '../measure/group-progress.ts'
import { median } from '../measure/statistics.ts'
import { medianLimits, middleRound } from '../measure/rounds.ts'
import type { Round } from '../measure/rounds.ts'
import { passThrough } from '../raw/pass-through.ts'
import type { RateFigure } from '../report/figure.ts'

export type MeterRound = Round

const AIM_PER_SECOND = 100_000
const DRAIN_DEADLINE_MS = 90_000

/** Meter alone against all that waits in usage.events. */
export async function drainEvents(bench: Bench, admin: Admin): Promise<MeterRound> {
  const { stack, options, signal } = bench
  const topic = TOPICS.usageEvents.name
  const progress = await watchGroup(stack, admin, { groupId: 'meter', topic, transactional: false })
  const processor = await stack.start('processor', { PROCESSOR_TOPOLOGIES: 'meter' })
  try {
    const ours = await Promise.race([
      measureDrain({
        ...progress,
        processes: { meter: () => processor.pid(), kafka: stack.serverPids.kafka },
        deadlineMs: DRAIN_DEADLINE_MS,
        signal,
      }),
      processor.crashed,
    ])
    await processor.stop()
    if (!options.figures.has('meter')) return { ours, limits: {} }
    return { ours, limits: await passThrough(bench, { topic, records: options.events }) }
  } finally {
    await processor.stop()
  }
}

export function meterFigure(rounds: readonly MeterRound[]): RateFigure {
  return {
    kind: 'rate',
    name: 'meter',
    unit: 'events/s',
    ours: median(rounds.map(({ ours }) => ours.perSecond)),
    rounds: rounds.map(({ ours }) => ours.perSecond),
    limits: medianLimits(rounds),
    aim: AIM_PER_SECOND,
    cpuMicros: middleRound(rounds).ours.cpuMicros,
    notes: [],
  }
}
