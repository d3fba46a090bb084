import avro from 'avsc'

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

/** Wraps data as an Avro object container of one block, without looking into them. */
export function createContainerEncoder(
  recordSchema: string,
): (rows: readonly ContainerRecord[], partition: number) => Buffer {
  const meta = { 'avro.schema': Buffer.from(rowSchema(recordSchema)), 'avro.codec': Buffer.from('null') }
  const header = Buffer.concat([MAGIC, headerType.toBuffer({ meta }), SYNC])
  return (rows, partition) => {
    let size = 0
    for (const { datum, start } of rows) size += datum.length - start + 2 * MAX_VARINT_BYTES
    const prefix = header.length + 2 * MAX_VARINT_BYTES
    const bytes = Buffer.allocUnsafe(prefix + size + SYNC.length)
    let end = prefix
    for (const { datum, start, record } of rows) {
      end += datum.copy(bytes, end, start)
      end = writeVarint(bytes, end, partition)
      end = writeVarint(bytes, end, record.offset)
    }
    // The block's count and size stand before it, and are known after it.
    const counts = Buffer.allocUnsafe(2 * MAX_VARINT_BYTES)
    const countsLength = writeVarint(counts, writeVarint(counts, 0, rows.length), end - prefix)
    const begin = prefix - countsLength - header.length
    header.copy(bytes, begin)
    counts.copy(bytes, begin + header.length, 0, countsLength)
    end += SYNC.copy(bytes, end)
    return bytes.subarray(begin, end)
  }
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
