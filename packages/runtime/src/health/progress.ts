import type { Probe, ProbeResult } from './probe.ts'

export const DEFAULT_STALL_BOUND_MS = 30_000

/** Red when there is work to do and none was done for a bound: a paused consumer is not healthy, however alive it is. */
export interface ProgressProbe extends Probe {
  /** `position` is anything that only grows with work done (an offset, a count); `lag` is what is left to do. */
  observe(progress: { readonly position: number; readonly lag: number }): void
}

export function progressProbe(options: {
  readonly name: string
  readonly boundMs?: number
  readonly nowMs?: () => number
}): ProgressProbe {
  const { name, boundMs = DEFAULT_STALL_BOUND_MS, nowMs = () => performance.now() } = options
  let position = -1
  let lag = 0
  // Since when there has been work without progress.
  let stalledSinceMs: number | undefined

  const check = (): ProbeResult => {
    const stalledMs = stalledSinceMs === undefined ? 0 : nowMs() - stalledSinceMs
    if (stalledMs <= boundMs) return { ok: true, detail: `lag ${lag}` }
    return { ok: false, detail: `no progress for ${Math.round(stalledMs / 1000)} s with a lag of ${lag}` }
  }
  return {
    name,
    check,
    observe(progress) {
      const advanced = progress.position !== position
      if (progress.lag <= 0) stalledSinceMs = undefined
      else if (advanced || stalledSinceMs === undefined) stalledSinceMs = nowMs()
      position = progress.position
      lag = progress.lag
    },
  }
}
