import type { PartitionLease } from '@meterline/kafka'

import type { Intent } from './intent.ts'
import { rangeOf } from './range.ts'
import type { Range } from './range.ts'
import { SinkHalt } from './sink-halt.ts'
import type { Admission, Source } from './source.ts'

/**
 * The range of an intent, and those that were cut off after it, read again from the log. Holes are normal (transaction markers,
 * aborted records), so it is judged by its bounds and the number of its rows.
 *
 * @throws SinkHalt `count_differs`; whatever reading and preparing reject with.
 */
export async function rereadRanges(
  lease: PartitionLease,
  source: Source,
  intent: Intent,
): Promise<readonly [Range, ...Range[]]> {
  const { from, to, count, laterEnds } = intent
  const range = await reread(lease, source, { from, to })
  if (range.rows.length !== count) {
    throw new SinkHalt(
      'count_differs',
      `${lease.topic}/${lease.partition} ${from}–${to} gives ${range.rows.length} rows where ${count} were intended`,
    )
  }
  const later: Range[] = []
  for (const end of laterEnds) {
    later.push(await reread(lease, source, { from: (later.at(-1)?.to ?? to) + 1, to: end }))
  }
  return [range, ...later]
}

async function reread(
  lease: PartitionLease,
  source: Source,
  bounds: { readonly from: number; readonly to: number },
): Promise<Range> {
  const admissions: Admission[] = []
  for await (const records of lease.readRange(bounds)) {
    await source.prepare(records)
    for (const record of records) admissions.push(source.admit(record))
  }
  return rangeOf(bounds, admissions)
}
