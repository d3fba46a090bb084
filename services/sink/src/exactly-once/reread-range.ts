import type { PartitionLease } from '@meterline/kafka'

import type { Intent } from './intent.ts'
import { rangeOf } from './range.ts'
import type { Range } from './range.ts'
import { SinkHalt } from './sink-halt.ts'
import type { Admission, Source } from './source.ts'

/**
 * The range of an intent, read again from the log. Holes are normal (transaction markers, aborted records), so it is judged by
 * its bounds and the number of its rows.
 *
 * @throws SinkHalt `count_differs`; whatever reading and preparing reject with.
 */
export async function rereadRange(lease: PartitionLease, source: Source, intent: Intent): Promise<Range> {
  const { from, to, count } = intent
  const admissions: Admission[] = []
  for await (const records of lease.readRange({ from, to })) {
    await source.prepare(records)
    for (const record of records) admissions.push(source.admit(record))
  }
  const range = rangeOf({ from, to }, admissions)
  if (range.rows.length === count) return range
  throw new SinkHalt(
    'count_differs',
    `${lease.topic}/${lease.partition} ${from}–${to} gives ${range.rows.length} rows where ${count} were intended`,
  )
}
