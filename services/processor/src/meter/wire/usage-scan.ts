import { USAGE_BOUNDS } from '@meterline/domain'

const OPERATION_COUNT = 8
const MAX_DECIMAL_BYTES = 8

/**
 * Where the fields of one encoded `UsageEvent` lie, found in one pass without making a string. `scan` answers true only for
 * bytes that are certainly one datum of the current schema and, its time apart, certainly valid (`validateUsage`). Whatever is
 * unusual (a long id, a map in several blocks, not a number) is left to the slow path, which decodes and says what is wrong.
 */
export class UsageScan {
  bytes: Buffer = Buffer.alloc(0)
  start = 0
  end = 0
  requestIdStart = 0
  requestIdEnd = 0
  timestampMs = 0
  keyStart = 0
  keyEnd = 0
  /** Provider and model stand between the key's end and here. */
  modelEnd = 0
  unitCount = 0
  readonly unitNameStarts = new Int32Array(USAGE_BOUNDS.maxUnits)
  readonly unitNameEnds = new Int32Array(USAGE_BOUNDS.maxUnits)
  readonly unitAmounts = new Float64Array(USAGE_BOUNDS.maxUnits)
  labelsStart = 0
  labelsEnd = 0
  /** Start and end of each optional text, -1 where it is null. */
  userStart = -1
  userEnd = -1
  customerStart = -1
  customerEnd = -1
  endpointStart = -1
  endpointEnd = -1
  promptVersionStart = -1
  promptVersionEnd = -1
  productStart = -1
  productEnd = -1
  isCorrection = false
  correctsStart = 0
  correctsEnd = 0
  #at = 0
  #bytesPerCharacter = 1

  /** `bytesPerCharacter`: 1 unless the lengths in characters are known to be in bounds (then 3, the most that UTF-8 takes). */
  scan(bytes: Buffer, start: number, bytesPerCharacter: 1 | 3 = 1): boolean {
    this.#bytesPerCharacter = bytesPerCharacter
    this.bytes = bytes
    this.start = start
    this.end = bytes.length
    this.#at = start
    return (
      this.#head() &&
      this.#units() &&
      this.#creditsConsumed() &&
      this.#labels() &&
      this.#latency() &&
      this.#texts() &&
      this.#at === this.end
    )
  }

  /** Finds request_id and api_key_id only; false when the bytes do not begin like a usage event. */
  scanIdentity(bytes: Buffer, start: number): boolean {
    this.bytes = bytes
    this.start = start
    this.end = bytes.length
    this.#at = start
    this.#bytesPerCharacter = 3
    return this.#identity()
  }

  #identity(): boolean {
    const { maxIdLength } = USAGE_BOUNDS
    if (!this.#text(1, maxIdLength)) return false
    this.requestIdStart = this.#textStart
    this.requestIdEnd = this.#at
    this.timestampMs = this.#long()
    if (this.timestampMs !== this.timestampMs) return false
    if (!this.#text(1, maxIdLength)) return false
    this.keyStart = this.#textStart
    this.keyEnd = this.#at
    return true
  }

  #head(): boolean {
    const { maxIdLength } = USAGE_BOUNDS
    if (!this.#identity()) return false
    if (!this.#text(1, maxIdLength) || !this.#text(1, maxIdLength)) return false
    this.modelEnd = this.#at
    const operation = this.#length()
    return operation >= 0 && operation < OPERATION_COUNT
  }

  #units(): boolean {
    const count = this.#length()
    if (count < 0 || count > USAGE_BOUNDS.maxUnits) return false
    this.unitCount = count
    for (let unit = 0; unit < count; unit++) {
      if (!this.#text(1, USAGE_BOUNDS.maxIdLength) || this.#at + 8 > this.end) return false
      this.unitNameStarts[unit] = this.#textStart
      this.unitNameEnds[unit] = this.#at
      const amount = this.bytes.readDoubleLE(this.#at)
      // Also false for what is not a number.
      if (!(amount >= 0 && amount <= USAGE_BOUNDS.maxUnitAmount)) return false
      this.unitAmounts[unit] = amount
      this.#at += 8
    }
    return count === 0 || this.#length() === 0
  }

  #creditsConsumed(): boolean {
    const branch = this.#length()
    if (branch === 0) return true
    if (branch !== 1) return false
    const length = this.#length()
    const at = this.#at
    if (length < 1 || length > MAX_DECIMAL_BYTES || at + length > this.end) return false
    this.#at += length
    // Not negative, and inside the safe integers: the top 11 bits of eight bytes are clear.
    if (length < MAX_DECIMAL_BYTES) return this.bytes[at]! < 0x80 && (length < 7 || this.bytes[at]! < 0x20)
    return this.bytes[at] === 0 && this.bytes[at + 1]! < 0x20
  }

  #labels(): boolean {
    this.labelsStart = this.#at
    const count = this.#length()
    if (count < 0 || count > USAGE_BOUNDS.maxLabels) return false
    const { maxLabelLength } = USAGE_BOUNDS
    for (let label = 0; label < count; label++) {
      if (!this.#text(1, maxLabelLength) || !this.#text(0, maxLabelLength)) return false
    }
    const ended = count === 0 || this.#length() === 0
    this.labelsEnd = this.#at
    return ended
  }

  #latency(): boolean {
    const branch = this.#length()
    return branch === 0 || (branch === 1 && this.#long() >= 0)
  }

  #texts(): boolean {
    if (!this.#optionalText()) return false // error_code
    if (!this.#optionalText()) return false
    this.userStart = this.#textStart
    this.userEnd = this.#at
    if (!this.#optionalText()) return false
    this.customerStart = this.#textStart
    this.customerEnd = this.#at
    if (!this.#optionalText()) return false
    this.endpointStart = this.#textStart
    this.endpointEnd = this.#at
    if (!this.#optionalText()) return false
    this.promptVersionStart = this.#textStart
    this.promptVersionEnd = this.#at
    if (!this.#optionalText()) return false
    this.productStart = this.#textStart
    this.productEnd = this.#at
    if (!this.#optionalText()) return false // session_id
    if (!this.#optionalText()) return false
    this.isCorrection = this.#textStart >= 0
    this.correctsStart = this.#textStart
    this.correctsEnd = this.#at
    // Corrections are few, and `validateUsage` has more to say about them.
    return !this.isCorrection || this.#bytesPerCharacter === 3
  }

  #textStart = 0

  #optionalText(): boolean {
    const branch = this.#length()
    if (branch === 0) {
      this.#textStart = -1
      return true
    }
    return branch === 1 && this.#text(0, USAGE_BOUNDS.maxTextLength)
  }

  // Bytes are at least as many as characters, so a text short enough in bytes is short enough.
  #text(minLength: number, maxLength: number): boolean {
    const length = this.#length()
    this.#textStart = this.#at
    this.#at += length
    return length >= minLength && length <= maxLength * this.#bytesPerCharacter && this.#at <= this.end
  }

  /** A length, count or branch of at most two bytes; -1 for anything else. */
  #length(): number {
    const low = this.bytes[this.#at++]!
    if (low < 0x80) return (low & 1) === 0 ? low >> 1 : -1
    const high = this.bytes[this.#at++]!
    return high < 0x80 && (low & 1) === 0 ? ((low & 0x7f) | (high << 7)) >> 1 : -1
  }

  /** A long of at most eight bytes (56 bits); NaN for anything else or outside the safe integers. */
  #long(): number {
    let low = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.bytes[this.#at++]!
      low |= (byte & 0x7f) << shift
      if (byte < 0x80) return low & 1 ? -(low >>> 1) - 1 : low >>> 1
    }
    let high = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.bytes[this.#at++]!
      high |= (byte & 0x7f) << shift
      if (byte < 0x80) return unzigzag(low, high)
    }
    return NaN
  }
}

// 28 bits each: the value is (high × 2^28 + low) / 2, negative when the lowest bit is set.
function unzigzag(low: number, high: number): number {
  const half = (low >>> 1) + high * 2 ** 27
  const value = low & 1 ? -half - 1 : half
  // As avsc has it: the last safe integer may already be another one rounded.
  return Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : NaN
}
