import type { Bench } from './bench.ts'
import { measureGateway } from './figures/gateway.ts'
import { measureLatency, probeProjects } from './figures/latency.ts'
import { measureBacklog } from './figures/backlog.ts'
import { describeMachine, loadNow } from './machine.ts'
import type { Machine } from './machine.ts'
import type { BenchOptions, FigureName } from './options.ts'
import type { Figure } from './report/figure.ts'
import type { Report } from './report/print.ts'
import { startBenchStack } from './stack/bench-stack.ts'

/** A part has servers of its own, so that none begins with what another left behind. */
interface Part {
  readonly name: string
  readonly figures: readonly FigureName[]
  measure(bench: Bench): Promise<readonly Figure[]>
}

const PARTS: readonly Part[] = [
  { name: 'gateway', figures: ['gateway'], measure: measureGateway },
  { name: 'meter, burn and sink', figures: ['meter', 'burn', 'sink'], measure: measureBacklog },
  { name: 'event to alert', figures: ['latency'], measure: measureLatency },
]

/** Measures what was asked for. A part that fails says so in the report; the others go on. */
export async function runBench(options: BenchOptions, shell: Pick<Bench, 'signal' | 'say'>): Promise<Report> {
  const startMs = performance.now()
  const loadBefore = loadNow()
  const figures: Figure[] = []
  let machine: Machine | undefined
  for (const part of PARTS) {
    if (shell.signal.aborted || !part.figures.some((name) => options.figures.has(name))) continue
    try {
      shell.say(`${part.name}: starting Kafka and ClickHouse`)
      const stack = await startBenchStack(options, probeProjects(options))
      try {
        machine ??= await describeMachine(stack.clickhouse, loadBefore)
        figures.push(...(await part.measure({ stack, options, ...shell })))
      } finally {
        await stack.stop()
      }
    } catch (error) {
      figures.push({ kind: 'failed', name: part.name, reason: reasonOf(error) })
    }
  }
  return { machine, figures, seconds: (performance.now() - startMs) / 1_000 }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${reasonOf(error.cause)}`
}
