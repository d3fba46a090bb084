/**
 * What requests are remembered with: moments, two seconds apart, since 1970. They fit into 31 bits until 2106; as doubles they
 * would cost a quarter of meter's throughput.
 */
const MOMENT_MS = 2_000
const MOMENTS_PER_HOUR = 3_600_000 / MOMENT_MS
const INITIAL_SLOTS = 1 << 12
const LANES = 4
const MAX_LOAD = 0.7
/** No record has this moment: the first one of 1970 counts as the second. */
const EMPTY = 0

/** Entries of one partition: 67 million take 1.9 to 3.8 GB. Beyond that the oldest hours are forgotten early. */
export const MAX_SEEN_REQUESTS = 1 << 26

/**
 * The requests metered within the window, as 128-bit hashes with the moment of their record: open addressing over typed arrays.
 * What is out of the window is as good as gone at once; its memory is taken back when the table is full, which is also when
 * it may grow. One table and not one per hour: a new request would have to be looked for in all of them.
 *
 * The clock is the latest record timestamp added, so a restore that adds the same records comes to the same answers. It is also
 * what a request is remembered with; so no record before the first one of that moment in `usage.metered` is the request's.
 */
export class SeenRequests {
  readonly #windowMoments: number
  readonly #maxEntries: number
  #hashes = new Int32Array(INITIAL_SLOTS * LANES)
  #moments = new Int32Array(INITIAL_SLOTS)
  #used = 0
  #newestMoment = EMPTY
  /** Entries that were forgotten before their time because of the bound. */
  forgottenEarly = 0

  constructor(options: { readonly windowMs: number; readonly maxEntries?: number }) {
    this.#windowMoments = Math.ceil(options.windowMs / MOMENT_MS)
    this.#maxEntries = options.maxEntries ?? MAX_SEEN_REQUESTS
  }

  /** Slots in use, those of hours out of the window included. */
  get size(): number {
    return this.#used
  }

  has(hash: Int32Array): boolean {
    return this.#isLive(this.#moments[this.#find(hash)]!)
  }

  /**
   * No earlier than this the request was metered, by the clock of the records, in milliseconds since 1970; and within two seconds
   * of it. `undefined` when it is not remembered.
   */
  meteredFromMs(hash: Int32Array): number | undefined {
    const moment = this.#moments[this.#find(hash)]!
    return this.#isLive(moment) ? moment * MOMENT_MS : undefined
  }

  /** Remembers a request of a record with that timestamp. What arrives late may arrive twice all the same: it counts as of now. */
  add(hash: Int32Array, recordTimestampMs: number): void {
    this.#newestMoment = Math.max(this.#newestMoment, Math.floor(recordTimestampMs / MOMENT_MS), EMPTY + 1)
    this.#put(hash, this.#newestMoment)
    if (this.#used > this.#moments.length * MAX_LOAD) this.#rebuild()
  }

  #isLive(moment: number): boolean {
    return moment !== EMPTY && this.#newestMoment - moment <= this.#windowMoments
  }

  #put(hash: Int32Array, moment: number): void {
    const slot = this.#find(hash)
    if (this.#moments[slot] === EMPTY) {
      this.#used += 1
      const at = slot * LANES
      this.#hashes[at] = hash[0]!
      this.#hashes[at + 1] = hash[1]!
      this.#hashes[at + 2] = hash[2]!
      this.#hashes[at + 3] = hash[3]!
    }
    this.#moments[slot] = moment
  }

  /** The slot that holds the hash, or the empty one where it would go. */
  #find(hash: Int32Array): number {
    const hashes = this.#hashes
    const moments = this.#moments
    const mask = moments.length - 1
    const first = hash[0]!
    let slot = (first ^ (first >>> 16)) & mask
    while (moments[slot] !== EMPTY) {
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
    const moments = this.#moments
    const [oldestKept, live] = this.#whatFits(moments)
    let slots = INITIAL_SLOTS
    while (slots < live * 2) slots *= 2
    this.#hashes = new Int32Array(slots * LANES)
    this.#moments = new Int32Array(slots)
    this.#used = 0
    for (let slot = 0; slot < moments.length; slot++) {
      const moment = moments[slot]!
      if (moment >= oldestKept) this.#put(hashes.subarray(slot * LANES, slot * LANES + LANES), moment)
    }
  }

  /** The oldest moment to keep, and how many entries that leaves. Whole hours are given up, the newest one never. */
  #whatFits(moments: Int32Array): [oldestKept: number, live: number] {
    const perHour = new Map<number, number>()
    for (const moment of moments) {
      if (!this.#isLive(moment)) continue
      const hour = Math.floor(moment / MOMENTS_PER_HOUR)
      perHour.set(hour, (perHour.get(hour) ?? 0) + 1)
    }
    let live = perHour.values().reduce((sum, count) => sum + count, 0)
    let oldestKept = Math.max(this.#newestMoment - this.#windowMoments, EMPTY + 1)
    const newestHour = Math.floor(this.#newestMoment / MOMENTS_PER_HOUR)
    for (
      let hour = Math.floor(oldestKept / MOMENTS_PER_HOUR);
      live > this.#maxEntries && hour < newestHour;
      hour++
    ) {
      const forgotten = perHour.get(hour) ?? 0
      live -= forgotten
      this.forgottenEarly += forgotten
      oldestKept = (hour + 1) * MOMENTS_PER_HOUR
    }
    return [oldestKept, live]
  }
}
