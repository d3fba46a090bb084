import type { AlertPolicy } from '../alert-entities.ts'
import type { Finding } from '../alert-lifecycle.ts'
import { numberParam } from './alert-policies.ts'

const MINUTE_MS = 60_000
export const RUN_NUMBERS = 4

/** Requests of one scope that no total shows, today: those without a rate cost nothing, those that were rejected are nowhere. */
export class RequestRun {
  #day = -Infinity
  #requests = 0
  #firstMs = 0
  #lastMs = 0

  constructor(snapshot?: readonly number[]) {
    if (snapshot?.length !== RUN_NUMBERS) return
    ;[this.#day, this.#requests, this.#firstMs, this.#lastMs] = [...snapshot] as [
      number,
      number,
      number,
      number,
    ]
  }

  get requests(): number {
    return this.#requests
  }

  /** When the present run of them began. */
  get firstMs(): number {
    return this.#firstMs
  }

  add(requests: number, day: number, nowMs: number): void {
    if (day !== this.#day) this.reset(day)
    if (this.#requests === 0) this.#firstMs = nowMs
    this.#requests += requests
    this.#lastMs = nowMs
  }

  /** The present run is over. */
  reset(day: number): void {
    this.#day = day
    this.#requests = 0
  }

  standing(policy: AlertPolicy, nowMs: number): Finding['standing'] {
    if (nowMs - this.#lastMs >= numberParam(policy, 'quiet_minutes') * MINUTE_MS) return 'below'
    return this.#requests >= numberParam(policy, 'minimum_requests') ? 'crossed' : 'between'
  }

  snapshot(): number[] {
    return [this.#day, this.#requests, this.#firstMs, this.#lastMs]
  }
}
