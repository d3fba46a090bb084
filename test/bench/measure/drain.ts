import { setTimeout as sleep } from 'node:timers/promises'

import type { CpuMicros, PidOf } from './cpu-meter.ts'
import { startCpuMeter } from './cpu-meter.ts'

export interface Throughput {
  readonly perSecond: number
  readonly records: number
  readonly seconds: number
  readonly cpuMicros: CpuMicros
}

export interface DrainOptions {
  /** Records done so far; grows from 0. */
  readonly done: () => Promise<number>
  readonly total: number
  readonly processes: Readonly<Record<string, PidOf>>
  readonly deadlineMs: number
  readonly signal: AbortSignal
}

const POLL_MS = 20
/** A service is a new process in each round: its first records are worked on by code that is not compiled yet. */
const WARM_UP_SHARE = 0.25

/** Follows a backlog to its end and times the last three quarters: start-up and warm-up are left out. */
export async function measureDrain(options: DrainOptions): Promise<Throughput> {
  const { done, total, processes, signal } = options
  const until = performance.now() + options.deadlineMs
  let first: { readonly atMs: number; readonly done: number; cpu(records: number): CpuMicros } | undefined
  for (;;) {
    signal.throwIfAborted()
    const now = await done()
    const atMs = performance.now()
    if (now > total * WARM_UP_SHARE) first ??= { atMs, done: now, cpu: startCpuMeter(processes) }
    if (now >= total && first !== undefined) {
      const records = now - first.done
      const seconds = (atMs - first.atMs) / 1_000
      if (records < total / 2) throw new Error(`only ${records} of ${total} records were left to be timed`)
      return { perSecond: records / seconds, records, seconds, cpuMicros: first.cpu(records) }
    }
    if (atMs > until) throw new Error(`${now} of ${total} records were done in ${options.deadlineMs} ms`)
    await sleep(POLL_MS)
  }
}
