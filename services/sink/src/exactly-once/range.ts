import { heldBytes } from './held-bytes.ts'
import type { Intent } from './intent.ts'
import type { Admission, RejectedRecord, Row } from './source.ts'
import { isRow } from './source.ts'

/** A stretch of the log with what becomes of its records; rows and rejected in offset order. */
export interface Range {
  readonly from: number
  /** Inclusive. */
  readonly to: number
  readonly rows: readonly Row[]
  readonly rejected: readonly RejectedRecord[]
  /** What the records cost in memory. */
  readonly heldBytes: number
}

export function rangeOf(
  bounds: { readonly from: number; readonly to: number },
  admissions: readonly Admission[],
  held = admissions.reduce((sum, admission) => sum + heldBytes(admission), 0),
): Range {
  const rows: Row[] = []
  const rejected: RejectedRecord[] = []
  for (const admission of admissions) {
    if (isRow(admission)) rows.push(admission)
    else rejected.push(admission)
  }
  return { ...bounds, rows, rejected, heldBytes: held }
}

/** `later`: ranges that follow, of which months may be in the table as well. */
export function intentOf(
  { from, to, rows }: Range,
  deadlineMs: number,
  later: readonly Range[] = [],
): Intent {
  let minEventMs = Infinity
  let maxEventMs = -Infinity
  for (const { eventMs } of rows) {
    if (eventMs < minEventMs) minEventMs = eventMs
    if (eventMs > maxEventMs) maxEventMs = eventMs
  }
  if (rows.length === 0) minEventMs = maxEventMs = 0
  const laterEnds = later.map((range) => range.to)
  return { from, to, count: rows.length, minEventMs, maxEventMs, deadlineMs, laterEnds }
}

/** Two ranges that cover the same records, each with half of the rows. Needs two rows at least. */
export function splitRange(range: Range): readonly [Range, Range] {
  const { from, to, rows, rejected } = range
  const middle = Math.ceil(rows.length / 2)
  const cut = rows[middle - 1]?.record.offset
  if (rows.length < 2 || cut === undefined) throw new RangeError('a range of one row cannot be split')
  return [
    rangeOf({ from, to: cut }, [
      ...rows.slice(0, middle),
      ...rejected.filter(({ record }) => record.offset <= cut),
    ]),
    rangeOf({ from: cut + 1, to }, [
      ...rows.slice(middle),
      ...rejected.filter(({ record }) => record.offset > cut),
    ]),
  ]
}
