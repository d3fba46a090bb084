import { isRow } from './source.ts'
import type { Admission } from './source.ts'

/** The objects around a record's bytes: the record, its key and value, its row. Measured: 380 to 420. */
export const OBJECTS_BYTES = 400
/** The objects around a header. */
const HEADER_BYTES = 150

export function contentBytes(admission: Admission): number {
  return isRow(admission) ? admission.datum.length : (admission.record.value?.length ?? 0)
}

/** What a record that waits costs in memory: its row is a view of it, or bytes of its own. */
export function heldBytes(admission: Admission): number {
  const { key, value, headers } = admission.record
  let bytes = OBJECTS_BYTES + (key?.length ?? 0) + (value?.length ?? 0)
  if (isRow(admission) && admission.datum !== value) bytes += admission.datum.length
  for (const name in headers) bytes += HEADER_BYTES + name.length + (headers[name]?.length ?? 0)
  return bytes
}
