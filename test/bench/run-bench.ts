import type { Clickhouse } from '@meterline/clickhouse'

import type { Bench, Shell } from './bench.ts'
import { measureAuthorize } from './figures/authorize.ts'
import { measureBacklog } from './figures/backlog.ts'
import { measureControlLog } from './figures/control-log.ts'
import { measureGateway } from './figures/gateway.ts'
import { measureKills } from './figures/kills.ts'
import { measureLatency, probeProjects } from './figures/latency.ts'
import { measureQueries } from './figures/queries.ts'
import { measureScaling } from './figures/scaling.ts'
import { measureStart } from './figures/start.ts'
import { clickhouseVersion, describeMachine, kafkaVersion, loadNow } from './machine.ts'
import type { BenchOptions, FigureName } from './options.ts'
import type { Figure } from './report/figure.ts'
import type { Report } from './report/print.ts'
import { startBenchStack } from './stack/bench-stack.ts'

/** A part has servers of its own, so that none begins with what another left behind. */
interface Part {
  readonly name: string
  readonly figures: readonly FigureName[]
  measure(shell: Shell): Promise<readonly Figure[]>
}

const PARTS: readonly Part[] = [
  { name: 'start and rest', figures: ['start'], measure: measureStart },
  { name: 'gateway', figures: ['gateway'], measure: withStack(measureGateway) },
  { name: 'authorizations', figures: ['authorize'], measure: withStack(measureAuthorize) },
  {
    name: 'meter, burn and sink',
    figures: ['meter', 'burn', 'sink'],
    measure: withStack(measureBacklog),
  },
  { name: 'kills', figures: ['kills'], measure: withStack(measureKills) },
  { name: 'event to alert', figures: ['latency'], measure: withStack(measureLatency) },
  { name: 'scaling', figures: ['scaling'], measure: measureScaling },
  { name: 'queries', figures: ['queries'], measure: measureQueries },
  { name: 'control log', figures: ['control-log'], measure: measureControlLog },
]

/** Measures what was asked for. A part that fails says so in the report; the others go on. */
export async function runBench(options: BenchOptions, given: Pick<Bench, 'signal' | 'say'>): Promise<Report> {
  const startMs = performance.now()
  const machine = describeMachine(loadNow())
  const figures: Figure[] = []
  let clickhouse: string | undefined
  const shell: Shell = {
    ...given,
    options,
    seen: async (server: Clickhouse) => {
      clickhouse ??= await clickhouseVersion(server)
    },
  }
  for (const part of PARTS) {
    if (given.signal.aborted || !part.figures.some((name) => options.figures.has(name))) continue
    const loadBefore = loadNow()
    try {
      given.say(`${part.name}: starting`)
      figures.push(...(await part.measure(shell)))
    } catch (error) {
      figures.push({ kind: 'failed', name: part.name, reason: reasonOf(error) })
    }
    figures.push({ kind: 'load', name: part.name, before: loadBefore, after: loadNow() })
  }
  return {
    machine: { ...machine, kafka: kafkaVersion(), clickhouse: clickhouse ?? 'not started' },
    figures,
    seconds: (performance.now() - startMs) / 1_000,
  }
}

function withStack(measure: (bench: Bench) => Promise<readonly Figure[]>): Part['measure'] {
  return async (shell) => {
    const stack = await startBenchStack(shell.options, { probes: probeProjects(shell.options) })
    try {
      await shell.seen(stack.clickhouse)
      return await measure({ ...shell, stack })
    } finally {
      await stack.stop()
    }
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${reasonOf(error.cause)}`
}
