export interface BackoffPolicy {
  readonly firstMs: number
  readonly maxMs: number
  /** A process that stayed up this long has earned a fresh start: its next restart waits `firstMs` again. */
  readonly resetAfterMs: number
}

export const defaultBackoff: BackoffPolicy = { firstMs: 250, maxMs: 10_000, resetAfterMs: 30_000 }

/** The wait before restart number `failures` (counted from 1): doubling, bounded by `maxMs`. */
export function backoffMs(policy: BackoffPolicy, failures: number): number {
  return Math.min(policy.maxMs, policy.firstMs * 2 ** Math.min(failures - 1, 30))
}
