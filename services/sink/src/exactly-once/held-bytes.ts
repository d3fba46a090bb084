import type { Range } from './range.ts'
import { isRow } from './source.ts'
import type { Admission } from './source.ts'

/** The objects around a record's bytes: the record, its key and value, its row. An estimate. */
const OBJECTS_BYTES = 400

export function contentBytes(admission: Admission): number {
  return isRow(admission) ? admission.datum.length : (admission.record.value?.length ?? 0)
}

/** What a record that waits costs in memory. */
export function heldBytes(admission: Admission): number {
  return contentBytes(admission) + OBJECTS_BYTES
}

/** What a range that is being stored costs: its records, and the same bytes again as the body of the insert. */
export function heldBytesOfRange({ rows, rejected }: Pick<Range, 'rows' | 'rejected'>): number {
  let bytes = 0
  for (const row of rows) bytes += heldBytes(row) + contentBytes(row)
  for (const each of rejected) bytes += heldBytes(each)
  return bytes
}
