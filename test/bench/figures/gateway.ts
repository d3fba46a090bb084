import { join } from 'node:path'

import type { Bench } from '../bench.ts'
import type { LoadResult } from '../load/http-load.ts'
import { startCpuMeter } from '../measure/cpu-meter.ts'
import type { CpuMicros } from '../measure/cpu-meter.ts'
import { runProgram } from '../measure/program.ts'
import { median } from '../measure/statistics.ts'
import { sendLoad } from '../pipeline/load.ts'
import type { ProduceInput, ProduceResult } from '../raw/kafkajs-produce.ts'
import type { Figure, LatencyFigure, RateFigure } from '../report/figure.ts'
import { slowNotes } from '../report/slow-notes.ts'
import { RAW_TOPIC } from '../stack/raw-topic.ts'
import type { Service } from '../stack/service.ts'

const PRODUCE = join(import.meta.dirname, '../raw/kafkajs-produce.ts')
const WARM_UP_MS = 2_000
/** Of a latency: gateway, broker and load run compiled, and their heaps have grown to what they keep. */
const HALF_LOAD_WARM_UP_MS = 15_000
const DURATION_MS = 4_000
const DEADLINE_MS = 30_000
const AIM_P99_MS = 25

const SHAPES = [
  { name: 'gateway, batches of 500', unit: 'events/s', eventsPerRequest: 500, connections: 6, aim: 60_000 },
  { name: 'gateway, single events', unit: 'requests/s', eventsPerRequest: 1, connections: 64, aim: 8_000 },
] as const
type Shape = (typeof SHAPES)[number]

export async function measureGateway(bench: Bench): Promise<Figure[]> {
  const gateway = await bench.stack.start('gateway')
  try {
    const figures: Figure[] = []
    for (const shape of SHAPES) {
      const figure = await measureShape(bench, gateway, shape)
      figures.push(figure, await atHalfLoad(bench, gateway, { shape, full: figure.ours }))
    }
    return figures
  } finally {
    await gateway.stop()
  }
}

async function measureShape(bench: Bench, gateway: Service, shape: Shape): Promise<RateFigure> {
  const ours: { result: LoadResult; cpu: CpuMicros }[] = []
  const raw: number[] = []
  for (let round = 0; round < bench.options.rounds; round += 1) {
    bench.say(`${shape.name}, round ${round + 1}`)
    raw.push(await rawRound(bench, shape))
    ours.push(await ourRound(bench, gateway, { shape, round }))
  }
  const rates = ours.map(({ result }) => result.accepted / result.seconds)
  const middle = median(rates)
  const shown = ours.toSorted((a, b) => distance(a.result, middle) - distance(b.result, middle))[0]
  const refused = ours.flatMap(({ result }) => Object.entries(result.refusals))
  return {
    kind: 'rate',
    name: shape.name,
    unit: shape.unit,
    ours: middle,
    rounds: rates,
    limits: [
      {
        what: `kafkajs produce, ${shape.eventsPerRequest === 1 ? 'one record' : '500 records'} a send`,
        perSecond: median(raw),
      },
    ],
    aim: shape.aim,
    cpuMicros: shown?.cpu ?? {},
    notes: [
      `${shape.connections} connections; answer p50 ${shown?.result.latency.p50Ms.toFixed(1)} ms, p99 ${shown?.result.latency.p99Ms.toFixed(1)} ms`,
      ...(refused.length === 0 ? [] : [`answers other than 202: ${JSON.stringify(refused)}`]),
    ],
  }
}

/** How long an answer takes when the gateway has half of what it can do. */
async function atHalfLoad(
  bench: Bench,
  gateway: Service,
  { shape, full }: { readonly shape: Shape; readonly full: number },
): Promise<LatencyFigure> {
  const half = Math.floor(full / 2)
  bench.say(`${shape.name}, at half load`)
  const results: LoadResult[] = []
  const pid = gateway.pid()
  const slow = { overMs: AIM_P99_MS, watched: pid === undefined ? {} : { gateway: pid } }
  for (let round = 0; round < bench.options.rounds; round += 1) {
    results.push(
      await sendLoad(bench, gateway, {
        seed: `h${shape.eventsPerRequest}.${round}.`,
        eventsPerRequest: shape.eventsPerRequest,
        connections: shape.connections,
        eventsPerSecond: half,
        warmUpMs: HALF_LOAD_WARM_UP_MS,
        durationMs: DURATION_MS,
        slow,
      }),
    )
  }
  const of = (value: (result: LoadResult) => number): number => median(results.map(value))
  return {
    kind: 'latency',
    name: `${shape.name}, answers at half load`,
    latency: {
      count: results.reduce((sum, { latency }) => sum + latency.count, 0),
      p50Ms: of(({ latency }) => latency.p50Ms),
      p99Ms: of(({ latency }) => latency.p99Ms),
      maxMs: of(({ latency }) => latency.maxMs),
    },
    aimP99Ms: AIM_P99_MS,
    notes: [
      `${half} ${shape.unit} asked, ${Math.round(of(({ accepted, seconds }) => accepted / seconds))} accepted; medians of ${results.length} rounds, p99 by round ${results.map(({ latency }) => latency.p99Ms.toFixed(1)).join(', ')}`,
      ...results.flatMap((result) => (result.slow === undefined ? [] : slowNotes(result.slow, AIM_P99_MS))),
    ],
  }
}

const distance = (result: LoadResult, middle: number): number =>
  Math.abs(result.accepted / result.seconds - middle)

async function ourRound(
  bench: Bench,
  gateway: Service,
  { shape, round }: { readonly shape: Shape; readonly round: number },
): Promise<{ result: LoadResult; cpu: CpuMicros }> {
  const cpu = startCpuMeter({ gateway: () => gateway.pid(), kafka: bench.stack.serverPids.kafka })
  const result = await sendLoad(bench, gateway, {
    seed: `g${shape.eventsPerRequest}.${round}.`,
    eventsPerRequest: shape.eventsPerRequest,
    connections: shape.connections,
    warmUpMs: WARM_UP_MS,
    durationMs: DURATION_MS,
  })
  // The processor time runs from the first request on, so it is divided among all events.
  return { result, cpu: cpu(result.acceptedInAll) }
}

async function rawRound(bench: Bench, shape: Shape): Promise<number> {
  const input: ProduceInput = {
    brokers: bench.stack.brokers,
    topic: RAW_TOPIC,
    schemaId: bench.stack.schemaId('usage.events-value'),
    batchRecords: shape.eventsPerRequest,
    concurrency: shape.connections,
    warmUpMs: WARM_UP_MS / 2,
    durationMs: DURATION_MS / 2,
  }
  const result = await runProgram<ProduceResult>(PRODUCE, {
    input,
    deadlineMs: DEADLINE_MS,
    signal: bench.signal,
    profileDir: bench.options.profileDir,
  })
  return result.records / result.seconds
}
