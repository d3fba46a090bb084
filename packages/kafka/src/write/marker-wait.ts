/** Longer than markers usually take where brokers have no core to spare; a bound of 50 ms left most refusals there. */
const MAX_WAIT_MS = 250
/** After a transaction that was let in at once, so much of the wait stays: markers may have become quicker. */
const KEPT = 0.9

/**
 * How long the markers of a transaction take to be written, learnt from those before. Until they are, the coordinator refuses
 * (CONCURRENT_TRANSACTIONS) to begin the next one; with three brokers on few cores it was asked four times for each transaction,
 * which was a fifth of all that a broker was asked. So the next one begins when it is likely to be let in.
 */
export class MarkerWait {
  #usualMs = 0
  #endedMs: number | undefined
  #refused = false

  /** The coordinator has answered that the transaction is over. */
  ended(nowMs: number): void {
    this.#endedMs = nowMs
    this.#refused = false
  }

  /** What is left to wait before the next transaction may begin; bounded, also where the clock was set. */
  leftMs(nowMs: number): number {
    if (this.#endedMs === undefined) return 0
    return Math.max(0, Math.min(this.#usualMs, this.#endedMs + this.#usualMs - nowMs))
  }

  /** The coordinator would not let the next transaction begin yet. */
  refused(): void {
    this.#refused = true
  }

  /** It has let it in. */
  begun(nowMs: number): void {
    if (this.#endedMs === undefined) return
    const tookMs = Math.max(0, Math.min(MAX_WAIT_MS, nowMs - this.#endedMs))
    this.#usualMs = this.#refused ? tookMs : this.#usualMs * KEPT
    this.#endedMs = undefined
  }
}
