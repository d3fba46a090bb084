import type { ThreadTimes } from './thread-clock.ts'

/** The times of a thread over a measurement, so that it can be asked what the thread did while something was slow. */
export class ThreadTimeline {
  readonly #read: () => ThreadTimes | undefined
  readonly #atMs: number[] = []
  readonly #ranMs: number[] = []
  readonly #waitedMs: number[] = []

  constructor(read: () => ThreadTimes | undefined) {
    this.#read = read
  }

  /** To be called every few milliseconds, with times that do not go back. */
  look(nowMs: number): void {
    const times = this.#read()
    if (times === undefined) return
    this.#atMs.push(nowMs)
    this.#ranMs.push(times.ranMs)
    this.#waitedMs.push(times.waitedMs)
  }

  /** What it did in between, to the precision of the looks. */
  between(fromMs: number, toMs: number): ThreadTimes {
    return {
      ranMs: this.#valueAt(this.#ranMs, toMs) - this.#valueAt(this.#ranMs, fromMs),
      waitedMs: this.#valueAt(this.#waitedMs, toMs) - this.#valueAt(this.#waitedMs, fromMs),
    }
  }

  /** Between two looks as if it had gone on evenly. */
  #valueAt(values: readonly number[], atMs: number): number {
    let low = 0
    let high = this.#atMs.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#atMs[middle] ?? 0) < atMs) low = middle + 1
      else high = middle
    }
    const before = Math.max(0, low - 1)
    const [fromMs = 0, toMs = 0] = [this.#atMs[before], this.#atMs[low]]
    const [from = 0, to = 0] = [values[before], values[low]]
    const share = toMs === fromMs ? 1 : Math.min(1, Math.max(0, (atMs - fromMs) / (toMs - fromMs)))
    return from + (to - from) * share
  }
}
