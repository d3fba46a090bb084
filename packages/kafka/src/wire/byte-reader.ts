/** Reads Kafka's primitive types. Byte ranges are views of the buffer, not copies; reading past the end throws a RangeError. */
export class ByteReader {
  readonly buffer: Buffer
  at: number

  constructor(buffer: Buffer, at = 0) {
    this.buffer = buffer
    this.at = at
  }

  int8(): number {
    const value = this.buffer.readInt8(this.at)
    this.at += 1
    return value
  }

  int16(): number {
    const value = this.buffer.readInt16BE(this.at)
    this.at += 2
    return value
  }

  int32(): number {
    const value = this.buffer.readInt32BE(this.at)
    this.at += 4
    return value
  }

  uint32(): number {
    const value = this.buffer.readUInt32BE(this.at)
    this.at += 4
    return value
  }

  /** Offsets, timestamps and producer ids stay far below 2^53. */
  int64(): number {
    return this.int32() * 2 ** 32 + this.uint32()
  }

  /** Zigzag variable-length integer of up to 64 bits; the result is a safe integer. */
  varint(): number {
    const { buffer } = this
    let at = this.at
    let byte = buffer[at++]
    if (byte === undefined) throw new RangeError('varint past the end')
    let value = byte & 127
    let scale = 128
    while (byte > 127) {
      byte = buffer[at++]
      if (byte === undefined || scale > 2 ** 63) throw new RangeError('varint past the end or too long')
      value += (byte & 127) * scale
      scale *= 128
    }
    this.at = at
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  string(): string | null {
    const length = this.int16()
    return length < 0 ? null : this.slice(length).toString()
  }

  varBytes(): Buffer | null {
    const length = this.varint()
    return length < 0 ? null : this.slice(length)
  }

  array<T>(read: (reader: ByteReader) => T): T[] {
    const length = this.int32()
    const items: T[] = []
    for (let index = 0; index < length; index++) items.push(read(this))
    return items
  }

  /** Unsigned variable-length integer, as lengths in flexible versions of answers are. */
  uvarint(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.buffer.readUInt8(this.at++)
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
      if (scale > 2 ** 28) throw new RangeError('a length that is too long')
    }
  }

  compactString(): string | null {
    const length = this.uvarint()
    return length === 0 ? null : this.slice(length - 1).toString()
  }

  compactArray<T>(read: (reader: ByteReader) => T): T[] {
    const length = this.uvarint() - 1
    const items: T[] = []
    for (let index = 0; index < length; index++) items.push(read(this))
    return items
  }

  /** Fields of versions to come. */
  skipTags(): void {
    for (let left = this.uvarint(); left > 0; left--) {
      this.uvarint()
      this.slice(this.uvarint())
    }
  }

  slice(length: number): Buffer {
    const end = this.at + length
    if (end > this.buffer.length) throw new RangeError(`${length} bytes wanted past the end`)
    const bytes = this.buffer.subarray(this.at, end)
    this.at = end
    return bytes
  }
}
