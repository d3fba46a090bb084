import type { Driver } from '@meterline/domain'

/** Bytes of a long that is surely exact: 49 bits, and its sign among them. */
const MAX_LONG_BYTES = 7
const DOUBLE_BYTES = 8
const KIND_DELTA = 0
const NO_POLICY_OFFSET = 1
/** What lies behind it is no time that anything is spent in: `decodeSpendRecord` says so. */
const END_OF_TIME_MS = Date.UTC(2100, 0, 1)
const NO_DRIVERS: readonly Driver[] = []

/** What burn adds up of a delta. */
export interface Spend {
  readonly pane_start: number
  readonly credits_micro: number
  readonly requests: number
  readonly unrated_requests: number
  readonly drivers: readonly Driver[]
}

/**
 * The fields of one encoded delta, found in one pass without making an object or a string; filled anew by each scan. `scan` answers
 * true only for bytes that `decodeSpendRecord` reads as a delta of just these values. Whatever is unusual (another kind, drivers,
 * units in several blocks, an amount beyond 2^48) is left to that slow path, which also says what is wrong with it.
 */
export class DeltaScan implements Spend {
  pane_start = 0
  credits_micro = 0
  requests = 0
  unrated_requests = 0
  readonly drivers = NO_DRIVERS
  scopeStart = 0
  scopeEnd = 0
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0

  scan(bytes: Buffer, start: number): boolean {
    this.#bytes = bytes
    this.#at = start
    return this.#head() && this.#sums() && this.#units() && this.#tail()
  }

  #head(): boolean {
    if (this.#bytes[this.#at++] !== KIND_DELTA) return false
    const length = this.#long()
    this.scopeStart = this.#at
    this.#at += length
    this.scopeEnd = this.#at
    return length > 0 && this.#at < this.#bytes.length
  }

  #sums(): boolean {
    this.pane_start = this.#long()
    this.credits_micro = this.#long()
    this.requests = this.#long()
    this.unrated_requests = this.#long()
    // Not a number fails here, too.
    return (
      this.pane_start >= 0 &&
      this.pane_start < END_OF_TIME_MS &&
      !Number.isNaN(this.credits_micro + this.requests + this.unrated_requests)
    )
  }

  /** Nobody here asks for them: their bytes only have to be units. */
  #units(): boolean {
    const count = this.#long()
    if (!(count >= 0 && count <= this.#bytes.length)) return false
    for (let unit = 0; unit < count; unit++) {
      const nameBytes = this.#long()
      if (!(nameBytes >= 0)) return false
      this.#at += nameBytes + DOUBLE_BYTES
      if (this.#at >= this.#bytes.length) return false
    }
    return count === 0 || this.#bytes[this.#at++] === 0
  }

  /** No drivers, no policy with its offset -1, any metered offset, no lease. */
  #tail(): boolean {
    const bytes = this.#bytes
    if (bytes[this.#at++] !== 0 || bytes[this.#at++] !== 0 || bytes[this.#at++] !== NO_POLICY_OFFSET) {
      return false
    }
    return !Number.isNaN(this.#long()) && bytes[this.#at++] === 0 && this.#at === bytes.length
  }

  /** A zigzag varint; NaN when it is longer than what is surely exact, or is cut off. */
  #long(): number {
    const bytes = this.#bytes
    let at = this.#at
    let byte = bytes[at++]
    if (byte === undefined) return Number.NaN
    if (byte < 0x80) {
      this.#at = at
      return (byte >>> 1) ^ -(byte & 1)
    }
    let low = byte & 0x7f
    for (let shift = 7; shift < 28; shift += 7) {
      byte = bytes[at++]
      if (byte === undefined) return Number.NaN
      low |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        this.#at = at
        return (low >>> 1) ^ -(low & 1)
      }
    }
    let high = 0
    for (let shift = 0; shift < (MAX_LONG_BYTES - 4) * 7; shift += 7) {
      byte = bytes[at++]
      if (byte === undefined) return Number.NaN
      high |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        this.#at = at
        const zigzag = high * 0x10000000 + low
        return low & 1 ? -(zigzag + 1) / 2 : zigzag / 2
      }
    }
    return Number.NaN
  }
}
