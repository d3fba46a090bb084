import type { SinkEvents } from '../events.ts'

export interface Disagreement {
  /** Answers for how long the counts have not matched, in milliseconds; 0 when they do. */
  observe(seen: { readonly difference: number; readonly waitingRecords: number }, nowMs: number): number
}

/** Says once that the counts do not match, when that has lasted, and once that they do again. */
export function createDisagreement(options: {
  readonly alertAfterMs: number
  readonly events: Pick<SinkEvents, 'unreconciled' | 'reconciledAgain'>
}): Disagreement {
  const { alertAfterMs, events } = options
  let sinceMs: number | undefined
  let isTold = false
  return {
    observe({ difference, waitingRecords }, nowMs) {
      if (difference === 0) {
        if (isTold && sinceMs !== undefined) events.reconciledAgain({ afterMs: nowMs - sinceMs })
        sinceMs = undefined
        isTold = false
        return 0
      }
      sinceMs ??= nowMs
      const lastingMs = nowMs - sinceMs
      if (lastingMs >= alertAfterMs && !isTold) {
        isTold = true
        events.unreconciled({ difference, sinceMs: lastingMs, waitingRecords })
      }
      return lastingMs
    },
  }
}
