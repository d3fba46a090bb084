import type { LeaseReport } from './lease-records.ts'
import { LEASE_TIMES } from './lease-times.ts'

/**
 * The holder's side of an account: what was granted is free, reserved, settled or returned, at all times.
 * Times are the holder's own monotonic clock, so a process that stood still finds its free credits lapsed.
 */
export class HeldAccount {
  readonly number: number
  grantedMicro = 0
  returnedMicro = 0
  settledMicro = 0
  freeMicro = 0
  reservedMicro = 0
  /** Until then reservations are made from it; `-Infinity` before the first answer. */
  untilMs = -Infinity
  /** Of the last request. */
  asked = 0
  /** The owner has ended it, or its time has passed: nothing is taken from it any more. */
  closed = false
  readonly #sentMs = new Map<number, number>()
  #reported = { returned: 0, settled: 0 }

  constructor(number: number) {
    this.number = number
  }

  /** Free credits at that time. What has lapsed is given back. */
  freeAt(nowMs: number): number {
    if (!this.closed && this.untilMs !== -Infinity && nowMs >= this.untilMs) this.close()
    return this.freeMicro
  }

  /** The caller has seen that as much is free. */
  take(amountMicro: number): void {
    if (amountMicro > this.freeMicro || this.closed) throw new RangeError('more is taken than is free')
    this.freeMicro -= amountMicro
    this.reservedMicro += amountMicro
  }

  /** Nothing was called: the reserved amount is free again, or given back where it may not be spent any more. */
  release(amountMicro: number, nowMs: number): void {
    this.freeAt(nowMs)
    this.reservedMicro -= amountMicro
    if (this.closed) this.returnedMicro += amountMicro
    else this.freeMicro += amountMicro
  }

  /** No usage comes of the reserved amount that is not in usage.events by now. */
  settle(amountMicro: number): void {
    this.reservedMicro -= amountMicro
    this.settledMicro += amountMicro
  }

  giveBack(amountMicro: number): void {
    const amount = Math.min(amountMicro, this.freeMicro)
    this.freeMicro -= amount
    this.returnedMicro += amount
  }

  close(): void {
    this.giveBack(this.freeMicro)
    this.closed = true
  }

  /** The number of a request that is sent now. */
  ask(nowMs: number): number {
    this.asked += 1
    this.#sentMs.set(this.asked, nowMs)
    if (this.#sentMs.size > MAX_UNANSWERED) this.#sentMs.delete(this.asked - MAX_UNANSWERED)
    return this.asked
  }

  /** What the owner granted so far, as the answer to one of the requests says it. What came too late is given back. */
  granted(number: number, grantedMicro: number, nowMs: number): void {
    const more = Math.max(0, grantedMicro - this.grantedMicro)
    this.grantedMicro += more
    const sentMs = this.#sentMs.get(number)
    // Measured from before the request was sent: the owner's own time begins later.
    if (sentMs !== undefined) this.untilMs = Math.max(this.untilMs, sentMs + LEASE_TIMES.spendMs)
    for (const earlier of this.#sentMs.keys()) if (earlier <= number) this.#sentMs.delete(earlier)
    if (this.closed) this.returnedMicro += more
    else this.freeMicro += more
    this.freeAt(nowMs)
  }

  /** The report, where it differs from the last one that was sent. */
  newReport(holder: string): LeaseReport | undefined {
    const { returned, settled } = this.#reported
    if (returned === this.returnedMicro && settled === this.settledMicro) return undefined
    return this.report(holder)
  }

  report(holder: string): LeaseReport {
    this.#reported = { returned: this.returnedMicro, settled: this.settledMicro }
    return {
      holder,
      account: this.number,
      returned_micro: this.returnedMicro,
      settled_micro: this.settledMicro,
    }
  }

  /** The last report may not have arrived. */
  reportAgain(): void {
    this.#reported = { returned: -1, settled: -1 }
  }

  /** Nothing of it can be spent, has to be told, or may still be granted. */
  isDone(nowMs: number): boolean {
    const { returned, settled } = this.#reported
    return (
      this.freeMicro === 0 &&
      this.reservedMicro === 0 &&
      returned === this.returnedMicro &&
      settled === this.settledMicro &&
      [...this.#sentMs.values()].every((sentMs) => nowMs - sentMs > ANSWER_PATIENCE_MS)
    )
  }
}

/** An account without anything else to do waits this long for answers; a grant that comes later is counted until it ends. */
const ANSWER_PATIENCE_MS = 60_000

/** A late answer to an older request still grants, but keeps the account open no longer. */
const MAX_UNANSWERED = 16
