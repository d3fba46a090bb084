import type { Schema } from 'avsc'

/**
 * Walks over a datum without decoding it: true when it ends exactly where the bytes end. ClickHouse takes some damaged Avro
 * for other values without an error, and one that is too short or too long shifts every record after it.
 *
 * Its own walker, because avsc's goes on reading behind the end of the bytes: a damaged count of 2^50 keeps it busy for days.
 * Here every step is checked against what is left, so the time is bounded by the length of the datum.
 */
export function createDatumCheck(schemaText: string): (datum: Buffer, start: number) => boolean {
  const cursor = new Cursor()
  const skip = skipperOf(JSON.parse(schemaText) as Schema, cursor, new Map())
  return (datum, start) => {
    cursor.place(datum, start)
    return skip() && cursor.isAtEnd()
  }
}

/** Moves over one value; false when the bytes cannot be one. */
type Skip = () => boolean

type Named = Map<string, Skip>

interface ComplexSchema {
  readonly type: Schema
  readonly name?: string
  readonly namespace?: string
  readonly fields?: readonly { readonly type: Schema }[]
  readonly symbols?: readonly string[]
  readonly items?: Schema
  readonly values?: Schema
  readonly size?: number
}

function skipperOf(schema: Schema, cursor: Cursor, named: Named): Skip {
  if (Array.isArray(schema)) return unionSkipper(schema, cursor, named)
  if (typeof schema === 'string') return primitiveSkipper(schema, cursor, named)
  const complex = schema as unknown as ComplexSchema
  switch (complex.type) {
    case 'record':
      return remember(complex, named, recordSkipper(complex.fields ?? [], cursor, named))
    case 'enum':
      return remember(complex, named, () => cursor.skipIndex(complex.symbols?.length ?? 0))
    case 'fixed':
      return remember(complex, named, () => cursor.advance(complex.size ?? 0))
    case 'array':
      return blocksSkipper(skipperOf(complex.items ?? 'null', cursor, named), cursor)
    case 'map': {
      const skipValue = skipperOf(complex.values ?? 'null', cursor, named)
      return blocksSkipper(() => cursor.skipBytes() && skipValue(), cursor)
    }
    default:
      // A logical type: the bytes are those of the type beneath.
      return skipperOf(complex.type, cursor, named)
  }
}

function recordSkipper(fields: readonly { readonly type: Schema }[], cursor: Cursor, named: Named): Skip {
  const skips = fields.map(({ type }) => skipperOf(type, cursor, named))
  return () => {
    for (const skip of skips) if (!skip()) return false
    return true
  }
}

function unionSkipper(branches: readonly Schema[], cursor: Cursor, named: Named): Skip {
  const skips = branches.map((branch) => skipperOf(branch, cursor, named))
  return () => skips[cursor.readLong()]?.() ?? false
}

/** Blocks of items, each with its count before it; the last is empty. A count below zero is followed by the block's size. */
function blocksSkipper(skipItem: Skip, cursor: Cursor): Skip {
  return () => {
    for (;;) {
      let count = cursor.readLong()
      if (count === 0) return true
      if (count < 0) {
        count = -count
        cursor.readLong()
      }
      // An item takes a byte at least, in every schema of ours. NaN fails here too.
      if (!(count <= cursor.left())) return false
      for (let i = 0; i < count; i += 1) if (!skipItem()) return false
    }
  }
}

function primitiveSkipper(name: string, cursor: Cursor, named: Named): Skip {
  switch (name) {
    case 'null':
      return () => true
    case 'boolean':
      return () => cursor.advance(1)
    case 'int':
    case 'long':
      return () => !Number.isNaN(cursor.readLong())
    case 'float':
      return () => cursor.advance(4)
    case 'double':
      return () => cursor.advance(8)
    case 'bytes':
    case 'string':
      return () => cursor.skipBytes()
    default: {
      const known = named.get(name) ?? named.get(name.slice(name.lastIndexOf('.') + 1))
      if (known === undefined) throw new TypeError(`the schema names an unknown type ${name}`)
      return known
    }
  }
}

function remember(schema: ComplexSchema, named: Named, skip: Skip): Skip {
  if (schema.name !== undefined) named.set(schema.name, skip)
  return skip
}

const MAX_LONG_BYTES = 10

class Cursor {
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0

  place(bytes: Buffer, at: number): void {
    this.#bytes = bytes
    this.#at = at
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
