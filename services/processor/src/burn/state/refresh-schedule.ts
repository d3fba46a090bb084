import { MINUTE_MS } from '@meterline/domain'

import type { ScopeBurn } from './scope-burn.ts'

const MINUTES_PER_HOUR = 60
const WITHIN_A_DAY_MINUTES = 10

/**
 * When a scope without new spend is looked at again, because its windows run empty: after a minute while the short windows hold
 * something, after 10 minutes while those up to 24 h do, else after an hour. It bounds the quiet traffic on spend.state and is
 * where idle panes are evicted. Derived from the state, so it need not survive a restart.
 */
export class RefreshSchedule {
  readonly #due = new Map<number, Set<ScopeBurn>>()
  readonly #minuteOf = new Map<ScopeBurn, number>()

  plan(scope: ScopeBurn, nowMs: number): void {
    this.cancel(scope)
    if (scope.windows.isEmpty) return
    const minute = Math.floor(nowMs / MINUTE_MS) + delayMinutes(scope)
    const due = this.#due.get(minute) ?? new Set()
    due.add(scope)
    this.#due.set(minute, due)
    this.#minuteOf.set(scope, minute)
  }

  cancel(scope: ScopeBurn): void {
    const minute = this.#minuteOf.get(scope)
    if (minute === undefined) return
    this.#minuteOf.delete(scope)
    const due = this.#due.get(minute)
    due?.delete(scope)
    if (due?.size === 0) this.#due.delete(minute)
  }

  /** Scopes that are due by now, at most `limit`; the others stay due. */
  takeDue(nowMs: number, limit: number): ScopeBurn[] {
    const minute = Math.floor(nowMs / MINUTE_MS)
    const scopes: ScopeBurn[] = []
    for (const [at, due] of this.#due) {
      if (at > minute) continue
      for (const scope of due) {
        if (scopes.length >= limit) return scopes
        scopes.push(scope)
        this.cancel(scope)
      }
    }
    return scopes
  }
}

function delayMinutes({ windows }: ScopeBurn): number {
  if (windows.seconds.length > 0) return 1
  return windows.minutes.length > 0 ? WITHIN_A_DAY_MINUTES : MINUTES_PER_HOUR
}
