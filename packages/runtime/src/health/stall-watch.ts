import { DEFAULT_STALL_BOUND_MS } from './progress.ts'
import type { ProbeResult } from './probe.ts'

/** One thing that has to advance while there is work: a partition, as a rule. */
export interface WatchedUnit {
  readonly name: string
  /** Only moves when work was done. */
  readonly position: number
  /** What is left to do, as far as known. */
  readonly lag: number
}

interface Clocks {
  position: number
  lag: number
  /** Since when there has been work without progress. */
  stalledSinceMs: number
  /** The same, or since the last trouble that was reported. */
  silentSinceMs: number
}

export interface StallWatch {
  /** Units that are not among them keep their clocks: a partition that is opened again has not advanced by that. */
  observe(units: readonly WatchedUnit[]): void
  /** Trouble was reported and is being dealt with: starting again would not help. */
  excuse(): void
  forget(name: string): void
  /** Red when a unit has had work and made no progress for the bound, whatever the reason. */
  check(): ProbeResult
  /** Why the process should start again: a unit stands still, and nothing was reported that would explain it. */
  silentStall(): string | undefined
}

/** Tells who is slow for a known reason, which passes, from who hangs, which does not. */
export function createStallWatch(
  options: { readonly boundMs?: number; readonly nowMs?: () => number } = {},
): StallWatch {
  const { boundMs = DEFAULT_STALL_BOUND_MS, nowMs = () => performance.now() } = options
  const clocks = new Map<string, Clocks>()

  const longest = (sinceOf: (each: Clocks) => number): string | undefined => {
    const now = nowMs()
    const stalled = [...clocks]
      .filter(([, each]) => each.lag > 0 && now - sinceOf(each) >= boundMs)
      .sort(([, a], [, b]) => sinceOf(a) - sinceOf(b))
    const [first] = stalled
    if (first === undefined) return undefined
    const [name, each] = first
    const seconds = Math.round((now - sinceOf(each)) / 1_000)
    const others = stalled.length > 1 ? `, and ${stalled.length - 1} more` : ''
    return `${name} has stood at ${each.position} for ${seconds} s with a lag of ${each.lag}${others}`
  }
  return {
    observe(units) {
      const now = nowMs()
      for (const { name, position, lag } of units) {
        const known = clocks.get(name)
        if (known === undefined || known.position !== position || lag <= 0 || known.lag <= 0) {
          clocks.set(name, { position, lag, stalledSinceMs: now, silentSinceMs: now })
        } else known.lag = lag
      }
    },
    excuse() {
      for (const each of clocks.values()) each.silentSinceMs = nowMs()
    },
    forget: (name) => void clocks.delete(name),
    check() {
      const stalled = longest(({ stalledSinceMs }) => stalledSinceMs)
      return stalled === undefined ? { ok: true } : { ok: false, detail: stalled }
    },
    silentStall: () => longest(({ silentSinceMs }) => silentSinceMs),
  }
}

const LOOK_EVERY_MS = 1_000

/** Looks every second, and calls `onStall` once, with the reason, when something hangs. */
export function watchForStall(options: {
  readonly watch: StallWatch
  readonly units: () => readonly WatchedUnit[]
  readonly onStall: (error: Error) => void
}): { stop(): void } {
  const { watch, units, onStall } = options
  const timer = setInterval(() => {
    watch.observe(units())
    const why = watch.silentStall()
    if (why === undefined) return
    clearInterval(timer)
    onStall(new Error(`${why}, and nothing says why: the process starts again`))
  }, LOOK_EVERY_MS)
  return { stop: () => clearInterval(timer) }
}
