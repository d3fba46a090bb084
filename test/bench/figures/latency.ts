import type { Admin } from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Bench } from '../bench.ts'
import type { LoadResult } from '../load/http-load.ts'
import { startCpuMeter } from '../measure/cpu-meter.ts'
import { summarizeLatency } from '../measure/statistics.ts'
import { watchAlerts } from '../pipeline/alert-watch.ts'
import type { AlertWatch } from '../pipeline/alert-watch.ts'
import { measureHops } from '../pipeline/hops.ts'
import { sendLoad } from '../pipeline/load.ts'
import { sendProbes } from '../pipeline/probes.ts'
import type { SentProbe } from '../pipeline/probes.ts'
import { startPipeline } from '../pipeline/start-pipeline.ts'
import type { Pipeline } from '../pipeline/start-pipeline.ts'
import { caughtUp, measureSustained } from '../pipeline/sustained.ts'
import type { Sustained } from '../pipeline/sustained.ts'
import type { BenchOptions } from '../options.ts'
import { cpuNotes } from '../report/cpu-notes.ts'
import type { Figure, LatencyFigure, RateFigure } from '../report/figure.ts'
import { probeProject } from '../stack/organization.ts'

const AIM_P50_MS = 250
const AIM_P99_MS = 500
/** Probes without any other traffic, sent first: they also warm the path up. */
const IDLE_PROBES = 60
const WARM_UP_PROBES = 10
/** A broker compiles itself for minutes: what is measured is a pipeline that has run for a while, not its first seconds. */
const PIPELINE_WARM_UP = { eventsPerSecond: 10_000, durationMs: 60_000 } as const
const LOAD_WARM_UP_MS = 20_000
const PROBE_GAP_MS = 100
const ARRIVAL_DEADLINE_MS = 30_000
const POLL_MS = 50

export const probeProjects = ({ probes }: BenchOptions): number => probes + IDLE_PROBES + WARM_UP_PROBES

/** The complete pipeline: what it sustains, and how long an event takes to its alert, at rest and at half load. */
export async function measureLatency(bench: Bench): Promise<Figure[]> {
  const { options, stack } = bench
  const admin = await stack.kafka.openAdmin()
  const pipeline = await startPipeline(bench)
  const alerts = await watchAlerts(stack.brokers)
  try {
    bench.say('event to alert, at rest')
    await probe(bench, { pipeline, alerts }, range(0, WARM_UP_PROBES))
    const idle = await probe(bench, { pipeline, alerts }, range(WARM_UP_PROBES, IDLE_PROBES))
    const figures: Figure[] = [await latencyFigure('event to alert, at rest', { bench, alerts, sent: idle })]

    bench.say('the whole pipeline, warming up')
    await warmUp(bench, pipeline, admin)
    let load = options.loadPerSecond
    if (load === undefined) {
      bench.say('the whole pipeline, flooded')
      const sustained = await measureSustained(bench, pipeline, admin)
      figures.unshift(sustainedFigure(sustained))
      load = Math.floor(sustained.perSecond / 2)
    }
    bench.say(`event to alert, at ${load} events/s`)
    figures.push(...(await atLoad(bench, { pipeline, alerts, admin }, load)))
    return figures
  } finally {
    await alerts.close()
    await admin.disconnect()
    await pipeline.stop()
  }
}

async function warmUp(bench: Bench, pipeline: Pipeline, admin: Admin): Promise<void> {
  await sendLoad(bench, pipeline.gateway, {
    ...PIPELINE_WARM_UP,
    seed: 'warm.',
    eventsPerRequest: 500,
    connections: 4,
    warmUpMs: 0,
  })
  await caughtUp(bench, pipeline, admin)
}

interface Running {
  readonly pipeline: Pipeline
  readonly alerts: AlertWatch
}

async function atLoad(
  bench: Bench,
  running: Running & { readonly admin: Admin },
  eventsPerSecond: number,
): Promise<Figure[]> {
  const { options } = bench
  const probes = range(WARM_UP_PROBES + IDLE_PROBES, options.probes)
  const cpu = startCpuMeter(running.pipeline.processes)
  const loading =
    eventsPerSecond === 0
      ? undefined
      : sendLoad(bench, running.pipeline.gateway, {
          seed: 'half.',
          eventsPerRequest: 500,
          connections: 4,
          eventsPerSecond,
          warmUpMs: LOAD_WARM_UP_MS,
          durationMs: options.probes * PROBE_GAP_MS,
        })
  // Awaited below: a failure in the meantime must not end the process.
  loading?.catch(() => undefined)
  await sleep(LOAD_WARM_UP_MS, undefined, { signal: bench.signal })
  const sent = await probe(bench, running, probes)
  const load = await loading
  const cpuMicros = load === undefined ? {} : cpu(load.acceptedInAll)
  await caughtUp(bench, running.pipeline, running.admin)
  const name = `event to alert, at ${eventsPerSecond} events/s`
  const figure = await latencyFigure(name, { bench, alerts: running.alerts, sent })
  return [
    {
      ...figure,
      aimP50Ms: AIM_P50_MS,
      aimP99Ms: AIM_P99_MS,
      notes: [...figure.notes, ...cpuNotes(cpuMicros)],
    },
    ...(load === undefined ? [] : [gatewayAnswers(load, eventsPerSecond)]),
  ]
}

async function probe(
  bench: Bench,
  { pipeline, alerts }: Running,
  indexes: readonly number[],
): Promise<SentProbe[]> {
  const sent = await Promise.race([sendProbes(bench, pipeline.gateway.url, indexes), pipeline.crashed])
  const until = performance.now() + ARRIVAL_DEADLINE_MS
  const missing = (): number =>
    sent.filter(({ index }) => !alerts.arrivals.has(`project:${probeProject(index)}`)).length
  while (missing() > 0) {
    if (performance.now() > until) throw new Error(`${missing()} of ${sent.length} alerts did not come`)
    await Promise.race([sleep(POLL_MS, undefined, { signal: bench.signal }), pipeline.crashed])
  }
  return sent
}

async function latencyFigure(
  name: string,
  { bench, alerts, sent }: { bench: Bench; alerts: AlertWatch; sent: readonly SentProbe[] },
): Promise<LatencyFigure> {
  const latencies = sent.map(({ index, sentMs }) => {
    return (alerts.arrivals.get(`project:${probeProject(index)}`) ?? Number.NaN) - sentMs
  })
  const hops = await measureHops(bench, sent, alerts)
  return {
    kind: 'latency',
    name,
    latency: summarizeLatency(latencies),
    notes: Object.entries(hops).map(
      ([hop, { p50Ms, p99Ms }]) => `${hop}: p50 ${p50Ms.toFixed(0)}, p99 ${p99Ms.toFixed(0)} ms`,
    ),
  }
}

function sustainedFigure(sustained: Sustained): RateFigure {
  const { perSecond, accepted, metered, stored, cpuMicros } = sustained
  const rate = (value: number): string => Math.round(value).toString()
  return {
    kind: 'rate',
    name: 'whole pipeline, sustained',
    unit: 'events/s',
    ours: perSecond,
    rounds: [perSecond],
    limits: [],
    cpuMicros,
    notes: [
      `during the flood accepted ${rate(accepted)}, metered ${rate(metered)}, stored ${rate(stored)} a second; then the rest was worked off`,
    ],
  }
}

function gatewayAnswers({ latency, accepted, seconds }: LoadResult, asked: number): LatencyFigure {
  return {
    kind: 'latency',
    name: 'gateway, answer to a batch of 500 beside the probes',
    latency,
    notes: [`${Math.round(accepted / seconds)} of ${asked} events/s were accepted`],
  }
}

const range = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => from + index)
