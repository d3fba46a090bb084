const MAX_LONG_BYTES = 10
const MAX_DEPTH = 100

/** Steps over Avro's bytes without making values. What does not fit into the bytes is told, never read. */
export class DatumCursor {
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  #depth = 0

  place(bytes: Buffer, at: number): void {
    this.#bytes = bytes
    this.#at = at
    this.#depth = 0
  }

  position(): number {
    return this.#at
  }

  left(): number {
    return this.#bytes.length - this.#at
  }

  isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  advance(bytes: number): boolean {
    this.#at += bytes
    return this.#at <= this.#bytes.length
  }

  /** Moves over a value that lies inside of one of its own type; false when that goes deeper than any of ours. */
  nest(skip: () => boolean): boolean {
    this.#depth += 1
    const fits = this.#depth <= MAX_DEPTH && skip()
    this.#depth -= 1
    return fits
  }

  /** A zigzag varint, beyond 2^53 only about right; NaN when there is none. */
  readLong(): number {
    // Most are one byte: lengths of short strings, branches, counts.
    const first = this.#bytes[this.#at]
    if (first !== undefined && first < 0x80) {
      this.#at += 1
      return (first >>> 1) ^ -(first & 1)
    }
    return this.#readManyBytes()
  }

  #readManyBytes(): number {
    let zigzag = 0
    let scale = 1
    for (let i = 0; i < MAX_LONG_BYTES; i += 1) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined) return Number.NaN
      this.#at += 1
      zigzag += (byte & 0x7f) * scale
      if (byte < 0x80) return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
      scale *= 0x80
    }
    return Number.NaN
  }

  skipBytes(): boolean {
    const length = this.readLong()
    return length >= 0 && this.advance(length)
  }

  skipIndex(below: number): boolean {
    const index = this.readLong()
    return index >= 0 && index < below
  }
}
