import avro from 'avsc'
import type { Type } from 'avsc'

/**
 * Walks over a datum without decoding it: true when it ends exactly where the bytes end. ClickHouse takes some damaged Avro
 * for other values without an error, and one that is too short or too long shifts every record after it.
 */
export function createDatumCheck(writer: Type): (datum: Buffer, start: number) => boolean {
  const empty = avro.Type.forSchema({ type: 'record', name: writer.name ?? 'Record', fields: [] })
  // Resolved onto a record without fields, every field of the writer is skipped.
  const skipAll = empty.createResolver(writer)
  return (datum, start) => {
    try {
      return empty.decode(datum, start, skipAll).offset === datum.length
    } catch {
      return false
    }
  }
}
