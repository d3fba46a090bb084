import { join } from 'node:path'

import type { Bench, Shell } from '../bench/bench.ts'
import { runProgram } from '../bench/measure/program.ts'
import { measureSustained } from '../bench/pipeline/sustained.ts'
import { startBenchStack } from '../bench/stack/bench-stack.ts'
import { TRAFFIC_KEYS } from '../bench/stack/organization.ts'
import type { Service } from '../bench/stack/service.ts'
import { awaitCaughtUp } from './await-caught-up.ts'
import { checkAcknowledged, rowsByRun } from './check-acknowledged.ts'
import type { Account } from './check-acknowledged.ts'
import { judgeMemory } from './memory/judge-memory.ts'
import type { MemoryBounds, MemoryVerdict } from './memory/judge-memory.ts'
import { EVERYDAY_PROBE_EVERY_MS, startEverydayServices } from './everyday/start-everyday-services.ts'
import type { EverydayReport } from './everyday/everyday-use.ts'
import { prepareMemoryWatch } from './memory/watch-memory.ts'
import type { LoadOptions } from './options.ts'
import type { LoadInput, LoadResult } from './traffic/load-program.ts'

const PROGRAM = join(import.meta.dirname, 'traffic/load-program.ts')
const MINUTE_MS = 60_000
const PROGRAM_MARGIN_MS = 120_000
/** At twice the rate, half of what came is left when it ends: no more than as long again, and half. */
const CATCH_UP_SHARE = 1.5
const LEAST_CATCH_UP_MS = 120_000

/** METERLINE_SINK_BUFFER_MB, and 10 MiB for each of eight partitions (docs/guides/operate.md). */
const SINK_MIB = 144 + 10 * 8
/** Ten minutes of pressure may move a heap about; twenty quiet minutes show a leak of a few bytes an event. */
const BOUNDS: Readonly<Record<LoadOptions['test'], MemoryBounds>> = {
  pressure: {
    warmUpMs: 90_000,
    maxHeldMibPerMinute: 4,
    mayGrowMib: { sink: SINK_MIB },
    maxResidentStepMib: 128,
  },
  soak: { warmUpMs: 180_000, maxHeldMibPerMinute: 0.25, mayGrowMib: {}, maxResidentStepMib: 32 },
}
/** More bodies at once than the gateway takes in flight (64 MiB). */
const BURST = { connections: 400, durationMs: 20_000 }
const PRESSURE_EVENTS_PER_REQUEST = 400
const PRESSURE_CONNECTIONS = 64
const SOAK_EVENTS_PER_REQUEST = 25
const SOAK_CONNECTIONS = 8

export interface LoadReport {
  readonly options: LoadOptions
  readonly sustainedPerSecond: number | undefined
  readonly offeredPerSecond: number
  readonly load: Omit<LoadResult, 'acknowledged'>
  readonly account: Account
  readonly caughtUpSeconds: number
  /** What was done beside the traffic, by kind. */
  readonly everyday: EverydayReport['done'] | undefined
  readonly memory: readonly MemoryVerdict[]
  readonly problems: readonly string[]
}

/** Load on the whole pipeline, then the account: what was refused and how, what was lost, how memory stood, how long recovery took. */
export async function runLoad(options: LoadOptions, shell: Shell): Promise<LoadReport> {
  const { say } = shell
  const durationMs = options.minutes * MINUTE_MS
  const probes = options.test === 'soak' ? Math.ceil(durationMs / EVERYDAY_PROBE_EVERY_MS) : 1
  const memoryWatch = await prepareMemoryWatch()
  const closing: (() => Promise<unknown>)[] = [() => memoryWatch.close()]
  try {
    const stack = await startBenchStack(shell.options, { probes, registryEnv: memoryWatch.env })
    closing.push(() => stack.stop())
    const bench: Bench = { ...shell, stack }
    const services: Service[] = []
    for (const name of ['sink', 'processor', 'gateway'] as const)
      services.push(await stack.start(name, memoryWatch.env))
    const gateway = services.at(-1) as Service
    const everyday =
      options.test === 'soak'
        ? await startEverydayServices({ stack, gateway, probes, durationMs }, memoryWatch.env)
        : undefined
    if (everyday !== undefined) closing.push(() => everyday.close())
    services.push(stack.registry, ...(everyday?.services ?? []))
    const crashed = Promise.race(services.map((service) => service.crashed))
    const sustainedPerSecond =
      options.test === 'pressure' && options.eventsPerSecond === undefined
        ? await measureRate(bench, { gateway, crashed })
        : undefined
    const eventsPerSecond = options.eventsPerSecond ?? 2 * (sustainedPerSecond ?? 0)
    say(`${options.test}: ${Math.round(eventsPerSecond)} events a second for ${options.minutes} minutes`)

    const before = await rowsByRun(stack)
    const watch = memoryWatch.watch(services)
    const use = await everyday?.begin()
    const input: LoadInput = {
      url: gateway.url,
      secrets: TRAFFIC_KEYS.map(({ id }) => stack.secretOf(id)),
      eventsPerSecond,
      durationMs,
      ...(options.test === 'pressure'
        ? { eventsPerRequest: PRESSURE_EVENTS_PER_REQUEST, connections: PRESSURE_CONNECTIONS, burst: BURST }
        : { eventsPerRequest: SOAK_EVENTS_PER_REQUEST, connections: SOAK_CONNECTIONS, burst: undefined }),
    }
    const { acknowledged, ...load } = await Promise.race([
      runProgram<LoadResult>(PROGRAM, {
        input,
        deadlineMs: durationMs + PROGRAM_MARGIN_MS,
        signal: shell.signal,
        profileDir: undefined,
      }),
      crashed,
    ])
    watch.stop()
    await use?.stop()
    say(`sent: ${JSON.stringify(load.answers)}; catching up`)
    const catchUpMs = Math.max(LEAST_CATCH_UP_MS, durationMs * CATCH_UP_SHARE)
    const caughtUpMs = await Promise.race([awaitCaughtUp(stack, catchUpMs), crashed])
    const used = await use?.finish()
    const account = await checkAcknowledged(stack, { ...load, acknowledged }, before)
    const memory = watch
      .records()
      .map((record) => judgeMemory(record, BOUNDS[options.test], { requests: account.rows }))
    return {
      options,
      sustainedPerSecond,
      offeredPerSecond: eventsPerSecond,
      load,
      account,
      caughtUpSeconds: caughtUpMs / 1_000,
      everyday: used?.done,
      memory,
      problems: [
        ...account.problems,
        ...memory.flatMap(({ problems }) => problems),
        ...(used?.problems ?? []),
        ...(load.withoutRetryAfter === 0
          ? []
          : [`${load.withoutRetryAfter} refusals do not say when to come back`]),
        ...(load.givenUp === 0 ? [] : [`${load.givenUp} requests were never taken`]),
        ...unexpectedAnswers(load, options),
      ],
    }
  } finally {
    for (const close of closing.toReversed()) await close()
  }
}

const TAKEN_OR_LATER = new Set(['202', '429', '503'])

function unexpectedAnswers({ answers }: Pick<LoadResult, 'answers'>, { test }: LoadOptions): string[] {
  const others = Object.keys(answers).filter((status) => !TAKEN_OR_LATER.has(status))
  const refused = (answers['429'] ?? 0) + (answers['503'] ?? 0)
  return [
    ...(others.length === 0 ? [] : [`answers other than 202, 429 and 503: ${others.join(', ')}`]),
    ...(test === 'pressure' && refused === 0
      ? ['the burst was not refused: it did not reach the bound']
      : []),
  ]
}

async function measureRate(
  bench: Bench,
  running: { readonly gateway: Service; readonly crashed: Promise<never> },
): Promise<number> {
  const admin = await bench.stack.kafka.openAdmin()
  try {
    bench.say('measuring what the pipeline sustains')
    const pipeline = { ...running, processes: {}, stop: () => Promise.resolve() }
    return (await measureSustained(bench, pipeline, admin)).perSecond
  } finally {
    await admin.disconnect()
  }
}
