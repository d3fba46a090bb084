import type { Service } from '../../bench/stack/service.ts'
import type { Point } from './slope.ts'

const MIB = 1024 * 1024
const SAMPLE_EVERY_MS = 1_000
/** Twice in each stretch that is judged by its lowest value. */
const COLLECT_EVERY_SAMPLES = 7
const ANSWER_TIMEOUT_MS = 900
/** A second collection follows the first a tenth of a second later; what comes after that is garbage again. */
const AFTER_COLLECTION_MS = 250

/** What one process held over time, in MiB: the heap in use, buffers outside of it, and everything that is resident. */
export interface MemoryRecord {
  readonly name: string
  readonly heap: readonly Point[]
  readonly external: readonly Point[]
  readonly resident: readonly Point[]
  /** Part of it, to tell where a step comes from: what V8 has taken for its young generation. */
  readonly young: readonly Point[]
}

export interface MemoryWatch {
  records(): readonly MemoryRecord[]
  stop(): void
}

/** For `stack.start`: lets a service be asked to collect its garbage. */
export const COLLECTABLE: NodeJS.ProcessEnv = {
  NODE_OPTIONS: `--import=${import.meta.resolve('./collect-on-signal.ts')}`,
}

/**
 * Asks every service for its own figures (`/metrics`) each second, and every seven to collect its garbage first: what is left is
 * held. One that is too busy to answer has a gap.
 */
export function watchMemory(services: readonly Service[]): MemoryWatch {
  const startMs = performance.now()
  const records = services.map((service) => ({
    name: service.name,
    url: service.url,
    pidNow: () => service.pid(),
    heap: [] as Point[],
    external: [] as Point[],
    resident: [] as Point[],
    young: [] as Point[],
  }))
  const look = async ({ url, heap, external, resident, young }: (typeof records)[number]): Promise<void> => {
    const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) })
    const text = await answer.text()
    const atMs = performance.now() - startMs
    heap.push({ atMs, value: metric(text, 'nodejs_heap_size_used_bytes') / MIB })
    external.push({ atMs, value: metric(text, 'nodejs_external_memory_bytes') / MIB })
    resident.push({ atMs, value: metric(text, 'process_resident_memory_bytes') / MIB })
    young.push({ atMs, value: metric(text, 'nodejs_heap_space_size_total_bytes', 'space="new"') / MIB })
  }
  let samples = 0
  const timer = setInterval(() => {
    samples += 1
    for (const record of records) {
      const pid = record.pidNow()
      const lookNow = (): void => void look(record).catch(() => undefined)
      if (samples % COLLECT_EVERY_SAMPLES === 0 && pid !== undefined) {
        askToCollect(pid)
        setTimeout(lookNow, AFTER_COLLECTION_MS)
      } else lookNow()
    }
  }, SAMPLE_EVERY_MS)
  return { records: () => records, stop: () => clearInterval(timer) }
}

function askToCollect(pid: number): void {
  try {
    process.kill(pid, 'SIGUSR2')
  } catch {
    // It has just ended, which whoever started it hears of.
  }
}

function metric(text: string, name: string, label = ''): number {
  const line = text
    .split('\n')
    .find((each) => (each.startsWith(`${name}{`) || each.startsWith(`${name} `)) && each.includes(label))
  const value = Number(line?.split(' ').at(-1))
  if (!Number.isFinite(value)) throw new Error(`the metrics have no ${name}`)
  return value
}
