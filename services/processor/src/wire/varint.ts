/** Bytes that a long may take on the wire. */
export const MAX_LONG_BYTES = 10

/**
 * Writes an Avro `long` (zig-zag, 7 bits a byte) at `position` and returns the position after it.
 * `value` is a safe integer; below zero it has to be above -2^52, which is all that is ever written here.
 */
export function writeLong(bytes: Uint8Array, position: number, value: number): number {
  let rest = value >= 0 ? value * 2 : -value * 2 - 1
  // Doubling is exact up to 2^54, and so are the low 7 bits of it; the shifts below need 32 bits.
  while (rest > 0x7fffffff) {
    bytes[position++] = (rest & 0x7f) | 0x80
    rest = Math.floor(rest / 128)
  }
  while (rest > 0x7f) {
    bytes[position++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[position++] = rest
  return position
}

/** A string as Avro writes it: its length in bytes, then the bytes. */
export function avroString(text: string): Buffer {
  const length = Buffer.byteLength(text, 'utf8')
  const bytes = Buffer.allocUnsafe(MAX_LONG_BYTES + length)
  const start = writeLong(bytes, 0, length)
  bytes.write(text, start, 'utf8')
  return bytes.subarray(0, start + length)
}

/** A long as Avro writes it. */
export function avroLong(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(MAX_LONG_BYTES)
  return bytes.subarray(0, writeLong(bytes, 0, value))
}
