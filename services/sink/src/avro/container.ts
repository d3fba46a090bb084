import avro from 'avsc'

import type { EncodedRows } from '../exactly-once/source.ts'

export interface ContainerRecord {
  /** Holds the datum from `start` to its end. */
  readonly datum: Buffer
  readonly start: number
  readonly record: { readonly offset: number }
}

const MAGIC = Buffer.from('Obj\x01', 'latin1')
// Constant, so that the same range is the same bytes.
const SYNC = Buffer.from('meterline-sink-1', 'latin1')
const MAX_VARINT_BYTES = 10
const NOTHING = Buffer.alloc(0)
/** Of each insert that is under way, up to three are in memory. */
const PIECE_BYTES = 256 * 1024

const headerType = avro.Type.forSchema({
  type: 'record',
  name: 'Header',
  fields: [{ name: 'meta', type: { type: 'map', values: 'bytes' } }],
})

/** The schema of the rows: the record's own, then the partition and offset that were appended to its bytes. */
function rowSchema(recordSchema: string): string {
  const { fields, ...rest } = JSON.parse(recordSchema) as { fields: object[] }
  const appended = [
    { name: '_partition', type: 'int' },
    { name: '_offset', type: 'long' },
  ]
  return JSON.stringify({ ...rest, fields: [...fields, ...appended] })
}

/** Wraps data as an Avro object container of one block, without looking into them. Offsets grow from row to row. */
export function createContainerEncoder(
  recordSchema: string,
): (rows: readonly ContainerRecord[], partition: number) => EncodedRows {
  const meta = { 'avro.schema': Buffer.from(rowSchema(recordSchema)), 'avro.codec': Buffer.from('null') }
  const header = Buffer.concat([MAGIC, headerType.toBuffer({ meta }), SYNC])
  return (rows, partition) => {
    const blockBytes = sizeOf(rows, partition)
    // The block's count and size.
    const counts = Buffer.allocUnsafe(2 * MAX_VARINT_BYTES)
    const countsEnd = writeVarint(counts, writeVarint(counts, 0, rows.length), blockBytes)
    const start = Buffer.concat([header, counts.subarray(0, countsEnd)])
    return {
      bytes: start.length + blockBytes + SYNC.length,
      pieces: () => piecesOf(rows, partition, { start, blockBytes }),
    }
  }
}

function* piecesOf(
  rows: readonly ContainerRecord[],
  partition: number,
  { start, blockBytes }: { readonly start: Buffer; readonly blockBytes: number },
): Generator<Buffer, void> {
  yield start
  let leftBytes = blockBytes
  let piece = NOTHING
  let end = 0
  for (const { datum, start: from, record } of rows) {
    const mostBytes = datum.length - from + 2 * MAX_VARINT_BYTES
    if (end + mostBytes > piece.length) {
      if (end > 0) yield piece.subarray(0, end)
      leftBytes -= end
      end = 0
      piece = Buffer.allocUnsafe(Math.max(mostBytes, Math.min(PIECE_BYTES, leftBytes + 2 * MAX_VARINT_BYTES)))
    }
    end += datum.copy(piece, end, from)
    end = writeVarint(piece, end, partition)
    end = writeVarint(piece, end, record.offset)
  }
  if (end > 0) yield piece.subarray(0, end)
  yield SYNC
}

function sizeOf(rows: readonly ContainerRecord[], partition: number): number {
  const [first, last] = [rows[0], rows.at(-1)]
  let bytes = rows.length * varintBytes(partition)
  for (const { datum, start } of rows) bytes += datum.length - start
  if (first === undefined || last === undefined) return bytes
  // Offsets grow: where the first is as long as the last, all are.
  const offsetBytes = varintBytes(first.record.offset)
  if (offsetBytes === varintBytes(last.record.offset)) return bytes + rows.length * offsetBytes
  return rows.reduce((sum, { record }) => sum + varintBytes(record.offset), bytes)
}

function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = value * 2; rest >= 0x80; rest /= 0x80) bytes += 1
  return bytes
}

/** Avro's zigzag varint of a number that is not negative and below 2^52. */
function writeVarint(bytes: Buffer, at: number, value: number): number {
  let rest = value * 2
  let end = at
  while (rest >= 0x80) {
    bytes[end++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  bytes[end++] = rest
  return end
}
