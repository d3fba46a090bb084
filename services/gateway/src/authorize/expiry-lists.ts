const BUCKET_MS = 250
const NOBODY = -1

/**
 * Which slots end when: lists through flat arrays, one for every quarter of a second, so that hundreds of thousands of them are no
 * objects that a collection would have to look at.
 */
export class ExpiryLists {
  readonly #heads = new Map<number, number>()
  #next = new Int32Array(0)
  #previous = new Int32Array(0)
  #sweptBucket: number | undefined

  /** Slots are numbers below this. */
  resize(slots: number): void {
    this.#next = grown(this.#next, slots)
    this.#previous = grown(this.#previous, slots)
  }

  add(slot: number, expiresMs: number): void {
    const bucket = bucketOf(expiresMs)
    const head = this.#heads.get(bucket) ?? NOBODY
    this.#next[slot] = head
    this.#previous[slot] = NOBODY
    if (head !== NOBODY) this.#previous[head] = slot
    this.#heads.set(bucket, slot)
    // What is over already is found by the next sweep all the same.
    if (this.#sweptBucket !== undefined && bucket <= this.#sweptBucket) this.#sweptBucket = bucket - 1
  }

  remove(slot: number, expiresMs: number): void {
    const next = this.#next[slot] ?? NOBODY
    const previous = this.#previous[slot] ?? NOBODY
    if (next !== NOBODY) this.#previous[next] = previous
    if (previous !== NOBODY) this.#next[previous] = next
    else if (next !== NOBODY) this.#heads.set(bucketOf(expiresMs), next)
    else this.#heads.delete(bucketOf(expiresMs))
  }

  /** Visits what is over by then, up to a quarter of a second late; each visited slot has to be removed. */
  sweep(nowMs: number, visit: (slot: number) => void): void {
    const bucket = Math.floor(nowMs / BUCKET_MS)
    const first =
      this.#sweptBucket === undefined ? Math.min(bucket, ...this.#heads.keys()) : this.#sweptBucket + 1
    for (let at = first; at <= bucket; at++) {
      for (let slot = this.#heads.get(at); slot !== undefined; slot = this.#heads.get(at)) visit(slot)
    }
    this.#sweptBucket = bucket
  }
}

function bucketOf(expiresMs: number): number {
  return Math.ceil(expiresMs / BUCKET_MS)
}

function grown(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length)
  larger.set(array)
  return larger
}
