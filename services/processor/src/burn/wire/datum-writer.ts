import { FRAME_BYTES } from '@meterline/contract'

import { Slab } from '../../wire/slab.ts'
import { MAX_LONG_BYTES, writeLong } from '../../wire/varint.ts'

/** Longer texts are left to the runtime: a call costs more than a loop over these. */
const SHORT_TEXT = 24
const MAX_UTF8_BYTES = 3
/** `writeLong` is exact up to there; what is beyond is left to the codec. */
const MAX_EXACT = 2 ** 52

/** Writes framed Avro datums field by field, one after another into shared memory. */
export class DatumWriter {
  readonly #slab = new Slab()
  #bytes = this.#slab.bytes
  #at = 0
  #isExact = true

  /** Begins a datum of at most `longs` longs and doubles, and of texts of together at most `textLength` characters. */
  begin(schemaId: number, room: { readonly longs: number; readonly textLength: number }): void {
    this.#slab.reserve(FRAME_BYTES + room.longs * MAX_LONG_BYTES + room.textLength * MAX_UTF8_BYTES)
    this.#bytes = this.#slab.bytes
    this.#at = this.#slab.position
    this.#isExact = true
    this.#bytes[this.#at] = 0
    this.#at = this.#bytes.writeUInt32BE(schemaId, this.#at + 1)
  }

  /** The framed datum; `undefined` when a number in it is too large to be written here. */
  end(): Buffer | undefined {
    return this.#isExact ? this.#slab.take(this.#at) : undefined
  }

  /** A count, an index of an enum or a branch of a union, below 64. */
  small(value: number): void {
    this.#bytes[this.#at++] = value << 1
  }

  long(value: number): void {
    if (Math.abs(value) >= MAX_EXACT) this.#isExact = false
    else this.#at = writeLong(this.#bytes, this.#at, value)
  }

  double(value: number): void {
    this.#at = this.#bytes.writeDoubleLE(value, this.#at)
  }

  text(value: string): void {
    const { length } = value
    const bytes = this.#bytes
    if (length <= SHORT_TEXT) {
      let at = this.#at
      bytes[at++] = length << 1
      let index = 0
      for (; index < length; index++) {
        const code = value.charCodeAt(index)
        if (code >= 0x80) break
        bytes[at++] = code
      }
      if (index === length) {
        this.#at = at
        return
      }
    }
    this.#at = writeLong(bytes, this.#at, Buffer.byteLength(value, 'utf8'))
    this.#at += bytes.write(value, this.#at, 'utf8')
  }
}
