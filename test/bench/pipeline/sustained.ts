import type { Admin } from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Bench } from '../bench.ts'
import { startCpuMeter } from '../measure/cpu-meter.ts'
import type { CpuMicros } from '../measure/cpu-meter.ts'
import { sendLoad } from './load.ts'
import { countStages } from './stages.ts'
import type { Pipeline } from './start-pipeline.ts'

const WARM_UP_MS = 5_000
const DURATION_MS = 10_000
const CONNECTIONS = 4
const CATCH_UP_DEADLINE_MS = 90_000
const CATCH_UP_POLL_MS = 250

export interface Sustained {
  /** Events a second that were accepted, metered and stored, the backlog that the flood left behind included. */
  readonly perSecond: number
  readonly accepted: number
  readonly metered: number
  readonly stored: number
  readonly cpuMicros: CpuMicros
}

/**
 * Floods the gateway with all services running, then waits until every event is stored. What went through in all, by the time
 * that it took, is what this machine can keep up with.
 */
export async function measureSustained(bench: Bench, pipeline: Pipeline, admin: Admin): Promise<Sustained> {
  const load = sendLoad(bench, pipeline.gateway, {
    seed: 'flood.',
    eventsPerRequest: 500,
    connections: CONNECTIONS,
    warmUpMs: 0,
    durationMs: WARM_UP_MS + DURATION_MS,
  })
  await Promise.race([sleep(WARM_UP_MS, undefined, { signal: bench.signal }), load, pipeline.crashed])
  const from = await countStages(bench, admin)
  const cpu = startCpuMeter(pipeline.processes)
  await load
  const to = await countStages(bench, admin)
  const end = await caughtUp(bench, pipeline, admin)
  const rate = (before: number, after: number, untilMs: number): number =>
    ((after - before) * 1_000) / (untilMs - from.atMs)
  return {
    perSecond: rate(from.metered, end.metered, end.atMs),
    accepted: rate(from.accepted, to.accepted, to.atMs),
    metered: rate(from.metered, to.metered, to.atMs),
    stored: rate(from.stored, to.stored, to.atMs),
    cpuMicros: cpu(end.metered - from.metered),
  }
}

/** Waits until everything accepted is metered, burned and stored. */
export async function caughtUp(bench: Bench, pipeline: Pipeline, admin: Admin) {
  const until = performance.now() + CATCH_UP_DEADLINE_MS
  for (;;) {
    const now = await countStages(bench, admin)
    if (now.metered === now.accepted && now.burnLag === 0 && now.sinkLag === 0) return now
    if (performance.now() > until) {
      throw new Error(`the pipeline did not catch up: ${JSON.stringify(now)}`)
    }
    await Promise.race([sleep(CATCH_UP_POLL_MS, undefined, { signal: bench.signal }), pipeline.crashed])
  }
}
