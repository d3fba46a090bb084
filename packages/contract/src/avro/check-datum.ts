import avro from 'avsc'

import { DatumCursor } from './datum-cursor.ts'

/** Of one schema, each use of a named type counted: more could keep a walk busy over no bytes at all. */
const MAX_SCHEMA_NODES = 10_000

/**
 * Walks over a datum without decoding it: true when it ends exactly where the bytes end, and can therefore be decoded in bounded
 * time. Throws `RangeError` when the schema has no bound itself.
 *
 * Its own walker, because avsc's goes on reading behind the end of the bytes: a damaged map count of 2^30 keeps it busy for a
 * minute, one of 2^50 for days, and a damaged block size sends it back for ever. ClickHouse takes some damaged Avro for other
 * values without an error. Here every step is checked against what is left, so the time is bounded by the length of the datum.
 */
export function createDatumCheck(type: avro.Type): (datum: Buffer, start: number) => boolean {
  const cursor = new DatumCursor()
  const skip = new SkipperBuilder(cursor).skipperOf(type)
  return (datum, start) => {
    cursor.place(datum, start)
    return skip() && cursor.isAtEnd()
  }
}

/** Moves over one value; false when the bytes cannot be one. */
type Skip = () => boolean

class SkipperBuilder {
  readonly #cursor: DatumCursor
  /** Types that are being built: one that is met again inside of itself is looked up when the walk gets there. */
  readonly #open = new Map<avro.Type, { skip: Skip }>()
  #nodes = 0

  constructor(cursor: DatumCursor) {
    this.#cursor = cursor
  }

  skipperOf(type: avro.Type): Skip {
    const cursor = this.#cursor
    const outer = this.#open.get(type)
    if (outer !== undefined) return () => cursor.nest(outer.skip)
    this.#nodes += 1
    if (this.#nodes > MAX_SCHEMA_NODES) {
      throw new RangeError(`the schema has more than ${MAX_SCHEMA_NODES} parts`)
    }
    const { types } = avro
    if (type instanceof types.RecordType) return this.#recordSkipper(type)
    if (type instanceof types.LogicalType) return this.skipperOf(type.underlyingType)
    if (type instanceof types.UnwrappedUnionType || type instanceof types.WrappedUnionType) {
      const skips = type.types.map((branch) => this.skipperOf(branch))
      return () => skips[cursor.readLong()]?.() ?? false
    }
    if (type instanceof types.ArrayType) return blocksSkipper(this.skipperOf(type.itemsType), cursor)
    if (type instanceof types.MapType) {
      const skipValue = this.skipperOf(type.valuesType as avro.Type)
      return blocksSkipper(() => cursor.skipBytes() && skipValue(), cursor)
    }
    if (type instanceof types.EnumType) {
      const { length } = type.symbols
      return () => cursor.skipIndex(length)
    }
    if (type instanceof types.FixedType) {
      const { size } = type
      return () => cursor.advance(size)
    }
    return primitiveSkipper(type.typeName, cursor)
  }

  #recordSkipper(type: avro.types.RecordType): Skip {
    const open: { skip: Skip } = { skip: () => false }
    this.#open.set(type, open)
    const skips = type.fields.map((field) => this.skipperOf(field.type))
    this.#open.delete(type)
    open.skip = () => {
      for (const skip of skips) if (!skip()) return false
      return true
    }
    return open.skip
  }
}

/**
 * Blocks of items, each with its count before it; the last is empty. A count below zero is followed by the block's size, by which
 * some readers leap: it has to be the size of the items, or they would read something else than we do.
 */
function blocksSkipper(skipItem: Skip, cursor: DatumCursor): Skip {
  return () => {
    for (;;) {
      const count = cursor.readLong()
      if (count === 0) return true
      const size = count < 0 ? cursor.readLong() : undefined
      const start = cursor.position()
      if (!skipItems(Math.abs(count), skipItem, cursor)) return false
      if (size !== undefined && cursor.position() - start !== size) return false
    }
  }
}

function skipItems(count: number, skipItem: Skip, cursor: DatumCursor): boolean {
  // An item has to take a byte at least: of those that take none, a few bytes could promise any number. NaN fails here too.
  if (!(count <= cursor.left())) return false
  for (let i = 0; i < count; i += 1) {
    const before = cursor.position()
    if (!skipItem() || cursor.position() === before) return false
  }
  return true
}

function primitiveSkipper(name: string, cursor: DatumCursor): Skip {
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
    default:
      throw new TypeError(`no datum of type ${name} can be checked`)
  }
}
