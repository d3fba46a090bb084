/** Writes Kafka's primitive types into one buffer, given or of a known upper bound; running past it throws a RangeError. */
export class ByteWriter {
  readonly buffer: Buffer
  at = 0

  constructor(memory: Buffer | number) {
    this.buffer = typeof memory === 'number' ? Buffer.allocUnsafe(memory) : memory
  }

  int8(value: number): void {
    this.at = this.buffer.writeInt8(value, this.at)
  }

  int16(value: number): void {
    this.at = this.buffer.writeInt16BE(value, this.at)
  }

  int32(value: number): void {
    this.at = this.buffer.writeInt32BE(value, this.at)
  }

  uint32(value: number): void {
    this.at = this.buffer.writeUInt32BE(value, this.at)
  }

  /** A safe integer as a 64-bit one: no BigInt on the way. */
  int64(value: number): void {
    const high = Math.floor(value / 2 ** 32)
    this.int32(high)
    this.uint32(value - high * 2 ** 32)
  }

  /** Zigzag variable-length integer; any safe integer. */
  varint(value: number): void {
    const { buffer } = this
    let at = this.at
    let rest: number
    if (value >= -0x4000_0000 && value < 0x4000_0000) {
      rest = ((value << 1) ^ (value >> 31)) >>> 0
    } else {
      rest = value >= 0 ? value * 2 : -value * 2 - 1
      while (rest >= 2 ** 31) {
        buffer[at++] = (rest % 128) | 128
        rest = Math.floor(rest / 128)
      }
    }
    while (rest > 127) {
      buffer[at++] = (rest & 127) | 128
      rest >>>= 7
    }
    buffer[at++] = rest
    this.at = at
  }

  string(value: string | null): void {
    if (value === null) return this.int16(-1)
    const bytes = Buffer.byteLength(value)
    this.int16(bytes)
    this.at += this.buffer.write(value, this.at)
  }

  /** Unsigned variable-length integer, as lengths in flexible versions of requests are. */
  uvarint(value: number): void {
    let rest = value
    while (rest > 127) {
      this.at = this.buffer.writeUInt8((rest & 127) | 128, this.at)
      rest >>>= 7
    }
    this.at = this.buffer.writeUInt8(rest, this.at)
  }

  /** A string of a flexible version. */
  compactString(value: string): void {
    this.uvarint(Buffer.byteLength(value) + 1)
    this.at += this.buffer.write(value, this.at)
  }

  /** An array of a flexible version. */
  compactArray<T>(items: readonly T[], write: (item: T) => void): void {
    this.uvarint(items.length + 1)
    for (const item of items) write(item)
  }

  /** What ends each structure of a flexible version: no fields beyond the known ones. */
  noTags(): void {
    this.uvarint(0)
  }

  bytes(value: Uint8Array): void {
    this.buffer.set(value, this.at)
    this.at += value.length
  }

  /** Length-prefixed (varint) bytes, as keys, values and headers of a record are. */
  varBytes(value: Uint8Array | string | null | undefined): void {
    if (value == null) return this.varint(-1)
    if (typeof value === 'string') {
      this.varint(Buffer.byteLength(value))
      this.at += this.buffer.write(value, this.at)
      return
    }
    this.varint(value.length)
    this.bytes(value)
  }

  written(): Buffer {
    return this.buffer.subarray(0, this.at)
  }
}

export function varintSize(value: number): number {
  let rest = value >= 0 ? value * 2 : -value * 2 - 1
  let size = 1
  while (rest > 127) {
    rest = Math.floor(rest / 128)
    size++
  }
  return size
}

export function varBytesSize(value: Uint8Array | string | null | undefined): number {
  if (value == null) return 1
  const length = typeof value === 'string' ? Buffer.byteLength(value) : value.length
  return varintSize(length) + length
}
