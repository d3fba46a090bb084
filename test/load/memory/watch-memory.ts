import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Service } from '../../bench/stack/service.ts'
import { HELD_FOLDER, readHeld } from './held.ts'
import type { Point } from './slope.ts'

const MIB = 1024 * 1024
const SAMPLE_EVERY_MS = 1_000
/** Twice in each stretch that is judged by its lowest value. */
const COLLECT_EVERY_SAMPLES = 7
const ANSWER_TIMEOUT_MS = 900

/** What one process held over time, in MiB: the heap in use, buffers outside of it, and everything that is resident. */
export interface MemoryRecord {
  readonly name: string
  /** After each collection. */
  readonly heap: readonly Point[]
  /** At the same moments. */
  readonly external: readonly Point[]
  readonly resident: readonly Point[]
  /** Part of it, to tell where a step comes from: what V8 has taken for its young generation. */
  readonly young: readonly Point[]
}

export interface MemoryWatch {
  records(): readonly MemoryRecord[]
  stop(): void
}

export interface WatchedMemory {
  /** For `stack.start`: lets a service be asked to collect its garbage. */
  readonly env: NodeJS.ProcessEnv
  watch(services: readonly Service[]): MemoryWatch
  close(): Promise<void>
}

/**
 * Asks every service each seven seconds to collect its garbage and to note what is left, which it holds; and each second for how much
 * is resident (`/metrics`). One that is too busy to answer has a gap.
 */
export async function prepareMemoryWatch(): Promise<WatchedMemory> {
  const folder = await mkdtemp(join(tmpdir(), 'meterline-held-'))
  return {
    env: {
      NODE_OPTIONS: `--import=${import.meta.resolve('./collect-on-signal.ts')}`,
      [HELD_FOLDER]: folder,
    },
    watch: (services) => watchMemory(services, folder),
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

function watchMemory(services: readonly Service[], folder: string): MemoryWatch {
  const startMs = performance.now()
  const nowMs = (): number => performance.now() - startMs
  const records = services.map((service) => ({
    name: service.name,
    url: service.url,
    pidNow: () => service.pid(),
    collection: 0,
    heap: [] as Point[],
    external: [] as Point[],
    resident: [] as Point[],
    young: [] as Point[],
  }))
  const look = async ({ url, resident, young }: (typeof records)[number]): Promise<void> => {
    const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) })
    const text = await answer.text()
    const atMs = nowMs()
    resident.push({ atMs, value: metric(text, 'process_resident_memory_bytes') / MIB })
    young.push({ atMs, value: metric(text, 'nodejs_heap_space_size_total_bytes', 'space="new"') / MIB })
  }
  const takeNote = async (record: (typeof records)[number], pid: number): Promise<void> => {
    const held = await readHeld(folder, pid)
    if (held === undefined || held.collection === record.collection) return
    record.collection = held.collection
    const atMs = nowMs()
    record.heap.push({ atMs, value: held.heapBytes / MIB })
    record.external.push({ atMs, value: held.externalBytes / MIB })
  }
  let samples = 0
  const sample = (): void => {
    for (const record of records) {
      const pid = record.pidNow()
      void look(record).catch(() => undefined)
      if (pid === undefined) continue
      void takeNote(record, pid)
      if (samples % COLLECT_EVERY_SAMPLES === 0) askToCollect(pid)
    }
    samples += 1
  }
  sample()
  const timer = setInterval(sample, SAMPLE_EVERY_MS)
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
