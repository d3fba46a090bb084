import type { Clickhouse } from '@meterline/clickhouse'
import type { TallyCounts } from '@meterline/contract'
import type { KafkaClient } from '@meterline/kafka'

import { differenceOf } from './reconciliation.ts'
import type { Reconciliation, ReconciliationRow } from './reconciliation.ts'
import { readTallies } from './read-tallies.ts'
import type { PartitionTally } from './read-tallies.ts'
import { EARLIER, readStoredCounts } from './stored-counts.ts'
import type { StoredCounts } from './stored-counts.ts'
import { waitForSink } from './wait-for-sink.ts'

export interface ReconcileOptions {
  readonly kafka: KafkaClient
  readonly clickhouse: Clickhouse
  /** How long the sink may take to store what meter has written by now. */
  readonly waitMs: number
  /** Also compares what came before the hours that are told apart: reads the whole table. */
  readonly withEarlier?: boolean
  readonly nowMs?: () => number
}

/**
 * Holds meter's own counts against the tables: accepted = metered + duplicates + rejected, and metered and rejected = rows, per
 * partition and hour. Exact while events stream in: both sides are cut at the positions that meter had committed, and the sink
 * is given the time to come that far (docs/decisions/0040).
 *
 * @throws KafkaError, ClickhouseError
 */
export async function reconcile(options: ReconcileOptions): Promise<Reconciliation> {
  const { kafka, clickhouse, waitMs, withEarlier = false, nowMs = Date.now } = options
  const tallies = await readTallies(kafka)
  const waiting_records = await waitForSink(kafka, waitMs)
  const stored = await readStoredCounts(clickhouse, tallies, { withEarlier })
  const rows = tallies.flatMap((tally) => rowsOf(tally, stored, withEarlier))
  const difference = rows.reduce((sum, row) => sum + row.difference, 0)
  return {
    at: new Date(nowMs()).toISOString(),
    holds: difference === 0,
    difference,
    waiting_records,
    rows,
    partitions: tallies.map(({ partition, position, tally }) => ({
      partition,
      from_offset: tally.fromOffset,
      position,
      // Counting may begin ahead of the position, after a release.
      holes: Math.max(0, position - tally.fromOffset) - acceptedIn(tally),
    })),
  }
}

const HOUR_MS = 3_600_000
const NOTHING: TallyCounts = {
  accepted: 0,
  metered: 0,
  duplicates: 0,
  rejected: 0,
  corrections: 0,
}

function rowsOf({ partition, tally }: PartitionTally, stored: StoredCounts, withEarlier: boolean) {
  const counted = new Map(tally.hours)
  if (withEarlier && tally.earlier !== undefined) counted.set(EARLIER, tally.earlier)
  const here = stored.get(partition) ?? new Map()
  const hours = [...new Set([...counted.keys(), ...here.keys()])].sort((a, b) => a - b)
  return hours.map((hour): ReconciliationRow => {
    const { rows = 0, rejected_rows = 0, unstored = 0 } = here.get(hour) ?? {}
    const counts = { ...(counted.get(hour) ?? NOTHING), rows, rejected_rows, unstored }
    const began = hour === EARLIER ? 'earlier' : new Date(hour * HOUR_MS).toISOString()
    return { partition, hour: began, ...counts, difference: differenceOf(counts) }
  })
}

function acceptedIn({ hours, earlier }: PartitionTally['tally']): number {
  return [...hours.values()].reduce((sum, { accepted }) => sum + accepted, earlier?.accepted ?? 0)
}
