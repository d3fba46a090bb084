import { MINUTE_MS } from '@meterline/domain'

import type { ScopeBurn } from './scope-burn.ts'
import { NEVER_MINUTE } from './scope-burn.ts'

const MINUTES_PER_HOUR = 60
const WITHIN_A_DAY_MINUTES = 10

/**
 * When a scope without new spend is looked at again, because its windows run empty: after a minute while the short windows hold
 * something, after 10 minutes while those up to 24 h do, else after an hour. It bounds the quiet traffic on spend.state and is
 * where idle panes are evicted. Derived from the state, so it need not survive a restart.
 *
 * A scope that spends is planned anew with each batch: so that is a number in the scope, and a scope that is found in a minute
 * before its own is put into its own then.
 */
export class RefreshSchedule {
  readonly #queued = new Map<number, ScopeBurn[]>()

  plan(scope: ScopeBurn, nowMs: number): void {
    if (scope.windows.isEmpty) {
      this.cancel(scope)
      return
    }
    scope.refreshMinute = Math.floor(nowMs / MINUTE_MS) + delayMinutes(scope)
    if (scope.refreshMinute < scope.queuedMinute) this.#queue(scope)
  }

  cancel(scope: ScopeBurn): void {
    scope.refreshMinute = NEVER_MINUTE
  }

  /** Scopes that are due by now, at most `limit`; the others stay due. */
  takeDue(nowMs: number, limit: number): ScopeBurn[] {
    const minute = Math.floor(nowMs / MINUTE_MS)
    const taken: ScopeBurn[] = []
    for (const [at, queued] of this.#queued) {
      if (at > minute) continue
      while (queued.length > 0) {
        if (taken.length >= limit) return taken
        const scope = queued.pop()
        // It stands here once more than it counts: an earlier minute was planned since.
        if (scope?.queuedMinute !== at) continue
        scope.queuedMinute = NEVER_MINUTE
        if (scope.refreshMinute <= minute) {
          scope.refreshMinute = NEVER_MINUTE
          taken.push(scope)
        } else if (scope.refreshMinute < NEVER_MINUTE) this.#queue(scope)
      }
      this.#queued.delete(at)
    }
    return taken
  }

  #queue(scope: ScopeBurn): void {
    const queued = this.#queued.get(scope.refreshMinute)
    if (queued === undefined) this.#queued.set(scope.refreshMinute, [scope])
    else queued.push(scope)
    scope.queuedMinute = scope.refreshMinute
  }
}

function delayMinutes({ windows }: ScopeBurn): number {
  if (windows.seconds.length > 0) return 1
  return windows.minutes.length > 0 ? WITHIN_A_DAY_MINUTES : MINUTES_PER_HOUR
}
