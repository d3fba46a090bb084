const HOUR_MS = 3_600_000
const INITIAL_SLOTS = 1 << 12
const LANES = 4
const MAX_LOAD = 0.7
/** No record has this hour: the first hour of 1970 counts as the second. */
const EMPTY = 0

/** Entries of one partition: 67 million take 1.9 to 3.8 GB. Beyond that the oldest hours are forgotten early. */
export const MAX_SEEN_REQUESTS = 1 << 26

/**
 * The requests metered within the window, as 128-bit hashes with the hour of their record: open addressing over typed arrays.
 * An hour out of the window is as good as gone at once; its memory is taken back when the table is full, which is also when
 * it may grow. One table and not one per hour: a new request would have to be looked for in all of them.
 *
 * The clock is the latest record timestamp added, so a restore that adds the same records comes to the same answers.
 */
export class SeenRequests {
  readonly #windowHours: number
  readonly #maxEntries: number
  #hashes = new Int32Array(INITIAL_SLOTS * LANES)
  #hours = new Int32Array(INITIAL_SLOTS)
  #used = 0
  #newestHour = EMPTY
  /** Entries that were forgotten before their time because of the bound. */
  forgottenEarly = 0

  constructor(options: { readonly windowMs: number; readonly maxEntries?: number }) {
    this.#windowHours = Math.ceil(options.windowMs / HOUR_MS)
    this.#maxEntries = options.maxEntries ?? MAX_SEEN_REQUESTS
  }

  /** Slots in use, those of hours out of the window included. */
  get size(): number {
    return this.#used
  }

  has(hash: Int32Array): boolean {
    return this.#isLive(this.#hours[this.#find(hash)]!)
  }

  /** Remembers a request of a record with that timestamp. What arrives late may arrive twice all the same: it counts as of now. */
  add(hash: Int32Array, recordTimestampMs: number): void {
    this.#newestHour = Math.max(this.#newestHour, Math.floor(recordTimestampMs / HOUR_MS), EMPTY + 1)
    this.#put(hash, this.#newestHour)
    if (this.#used > this.#hours.length * MAX_LOAD) this.#rebuild()
  }

  #isLive(hour: number): boolean {
    return hour !== EMPTY && this.#newestHour - hour <= this.#windowHours
  }

  #put(hash: Int32Array, hour: number): void {
    const slot = this.#find(hash)
    if (this.#hours[slot] === EMPTY) {
      this.#used += 1
      const at = slot * LANES
      this.#hashes[at] = hash[0]!
      this.#hashes[at + 1] = hash[1]!
      this.#hashes[at + 2] = hash[2]!
      this.#hashes[at + 3] = hash[3]!
    }
    this.#hours[slot] = hour
  }

  /** The slot that holds the hash, or the empty one where it would go. */
  #find(hash: Int32Array): number {
    const hashes = this.#hashes
    const hours = this.#hours
    const mask = hours.length - 1
    const first = hash[0]!
    let slot = (first ^ (first >>> 16)) & mask
    while (hours[slot] !== EMPTY) {
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
    const hours = this.#hours
    const [oldestKept, live] = this.#whatFits(hours)
    let slots = INITIAL_SLOTS
    while (slots < live * 2) slots *= 2
    this.#hashes = new Int32Array(slots * LANES)
    this.#hours = new Int32Array(slots)
    this.#used = 0
    for (let slot = 0; slot < hours.length; slot++) {
      const hour = hours[slot]!
      if (hour >= oldestKept) this.#put(hashes.subarray(slot * LANES, slot * LANES + LANES), hour)
    }
  }

  /** The oldest hour to keep, and how many entries that leaves. The newest hour is kept whatever its size. */
  #whatFits(hours: Int32Array): [oldestKept: number, live: number] {
    const perHour = new Map<number, number>()
    for (const hour of hours) if (this.#isLive(hour)) perHour.set(hour, (perHour.get(hour) ?? 0) + 1)
    let live = perHour.values().reduce((sum, count) => sum + count, 0)
    let oldestKept = Math.max(this.#newestHour - this.#windowHours, EMPTY + 1)
    for (; live > this.#maxEntries && oldestKept < this.#newestHour; oldestKept++) {
      const forgotten = perHour.get(oldestKept) ?? 0
      live -= forgotten
      this.forgottenEarly += forgotten
    }
    return [oldestKept, live]
  }
}
