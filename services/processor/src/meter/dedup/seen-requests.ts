const SECOND_MS = 1_000
const SECONDS_PER_HOUR = 3_600
const INITIAL_SLOTS = 1 << 12
const LANES = 4
const MAX_LOAD = 0.7
/** No record has this second: the first second of 1970 counts as the second one. */
const EMPTY = 0

/** Entries of one partition: 67 million take 1.9 to 3.8 GB. Beyond that the oldest hours are forgotten early. */
export const MAX_SEEN_REQUESTS = 1 << 26

/**
 * The requests metered within the window, as 128-bit hashes with the second of their record: open addressing over typed arrays.
 * What is out of the window is as good as gone at once; its memory is taken back when the table is full, which is also when
 * it may grow. One table and not one per hour: a new request would have to be looked for in all of them.
 *
 * The clock is the latest record timestamp added, so a restore that adds the same records comes to the same answers. It is also
 * what a request is remembered with; so no record before the first one of that second in `usage.metered` is the request's.
 */
export class SeenRequests {
  readonly #windowSeconds: number
  readonly #maxEntries: number
  #hashes = new Int32Array(INITIAL_SLOTS * LANES)
  #seconds = new Uint32Array(INITIAL_SLOTS)
  #used = 0
  #newestSecond = EMPTY
  /** Entries that were forgotten before their time because of the bound. */
  forgottenEarly = 0

  constructor(options: { readonly windowMs: number; readonly maxEntries?: number }) {
    this.#windowSeconds = Math.ceil(options.windowMs / SECOND_MS)
    this.#maxEntries = options.maxEntries ?? MAX_SEEN_REQUESTS
  }

  /** Slots in use, those of hours out of the window included. */
  get size(): number {
    return this.#used
  }

  has(hash: Int32Array): boolean {
    return this.#isLive(this.#seconds[this.#find(hash)]!)
  }

  /** The second, since 1970, at which the request was metered by the clock of the records; `undefined` when it is not remembered. */
  secondOf(hash: Int32Array): number | undefined {
    const second = this.#seconds[this.#find(hash)]!
    return this.#isLive(second) ? second : undefined
  }

  /** Remembers a request of a record with that timestamp. What arrives late may arrive twice all the same: it counts as of now. */
  add(hash: Int32Array, recordTimestampMs: number): void {
    this.#newestSecond = Math.max(this.#newestSecond, Math.floor(recordTimestampMs / SECOND_MS), EMPTY + 1)
    this.#put(hash, this.#newestSecond)
    if (this.#used > this.#seconds.length * MAX_LOAD) this.#rebuild()
  }

  #isLive(second: number): boolean {
    return second !== EMPTY && this.#newestSecond - second <= this.#windowSeconds
  }

  #put(hash: Int32Array, second: number): void {
    const slot = this.#find(hash)
    if (this.#seconds[slot] === EMPTY) {
      this.#used += 1
      const at = slot * LANES
      this.#hashes[at] = hash[0]!
      this.#hashes[at + 1] = hash[1]!
      this.#hashes[at + 2] = hash[2]!
      this.#hashes[at + 3] = hash[3]!
    }
    this.#seconds[slot] = second
  }

  /** The slot that holds the hash, or the empty one where it would go. */
  #find(hash: Int32Array): number {
    const hashes = this.#hashes
    const seconds = this.#seconds
    const mask = seconds.length - 1
    const first = hash[0]!
    let slot = (first ^ (first >>> 16)) & mask
    while (seconds[slot] !== EMPTY) {
      const at = slot * LANES
      const isSame =
        hashes[at] === first &&
        hashes[at + 1] === hash[1] &&
        hashes[at + 2] === hash[2] &&
        hashes[at + 3] === hash[3]
      if (isSame) break
      slot = (slot + 1) & mask
    }
    return slot
  }

  #rebuild(): void {
    const hashes = this.#hashes
    const seconds = this.#seconds
    const [oldestKept, live] = this.#whatFits(seconds)
    let slots = INITIAL_SLOTS
    while (slots < live * 2) slots *= 2
    this.#hashes = new Int32Array(slots * LANES)
    this.#seconds = new Uint32Array(slots)
    this.#used = 0
    for (let slot = 0; slot < seconds.length; slot++) {
      const second = seconds[slot]!
      if (second >= oldestKept) this.#put(hashes.subarray(slot * LANES, slot * LANES + LANES), second)
    }
  }

  /** The oldest second to keep, and how many entries that leaves. Whole hours are given up, the newest one never. */
  #whatFits(seconds: Uint32Array): [oldestKept: number, live: number] {
    const perHour = new Map<number, number>()
    for (const second of seconds) {
      if (!this.#isLive(second)) continue
      const hour = Math.floor(second / SECONDS_PER_HOUR)
      perHour.set(hour, (perHour.get(hour) ?? 0) + 1)
    }
    let live = perHour.values().reduce((sum, count) => sum + count, 0)
    let oldestKept = Math.max(this.#newestSecond - this.#windowSeconds, EMPTY + 1)
    const newestHour = Math.floor(this.#newestSecond / SECONDS_PER_HOUR)
    for (
      let hour = Math.floor(oldestKept / SECONDS_PER_HOUR);
      live > this.#maxEntries && hour < newestHour;
      hour++
    ) {
      const forgotten = perHour.get(hour) ?? 0
      live -= forgotten
      this.forgottenEarly += forgotten
      oldestKept = (hour + 1) * SECONDS_PER_HOUR
    }
    return [oldestKept, live]
  }
}
