/** ClickHouse's RowBinary: the columns of a row one after another, without names. Grows as it is written. */
export class RowBinaryWriter {
  #bytes: Buffer
  #length = 0

  constructor(expectedBytes = 64 * 1024) {
    this.#bytes = Buffer.allocUnsafe(Math.max(16, expectedBytes))
  }

  /** What was written so far; valid until the next write. */
  toBuffer(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  int32(value: number): void {
    this.#reserve(4)
    this.#length = this.#bytes.writeInt32LE(value, this.#length)
  }

  /** Int64, and DateTime64(3) as milliseconds since the epoch. */
  int64(value: number): void {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a safe integer`)
    this.#reserve(8)
    this.#length = this.#bytes.writeBigInt64LE(BigInt(value), this.#length)
  }

  float64(value: number): void {
    this.#reserve(8)
    this.#length = this.#bytes.writeDoubleLE(value, this.#length)
  }

  string(value: string | Buffer): void {
    const length = typeof value === 'string' ? Buffer.byteLength(value) : value.length
    this.#varint(length)
    this.#reserve(length)
    if (typeof value === 'string') this.#bytes.write(value, this.#length)
    else value.copy(this.#bytes, this.#length)
    this.#length += length
  }

  strings(values: readonly string[]): void {
    this.#varint(values.length)
    for (const value of values) this.string(value)
  }

  /** Map(String, String) */
  map(entries: readonly (readonly [string, string | Buffer])[]): void {
    this.#varint(entries.length)
    for (const [name, value] of entries) {
      this.string(name)
      this.string(value)
    }
  }

  nullable<T>(value: T | null, write: (value: T) => void): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value === null ? 1 : 0
    if (value !== null) write(value)
  }

  #varint(value: number): void {
    this.#reserve(10)
    let rest = value
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#bytes[this.#length++] = rest
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + bytes))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}
