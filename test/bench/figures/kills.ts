import { DEFAULT_USAGE_PARTITIONS, TOPICS } from '@meterline/contract'

import type { Bench } from '../bench.ts'
import { killAndCount } from '../kills/kill-and-count.ts'
import type { Outcome } from '../kills/kill-and-count.ts'
import { WRITERS } from '../kills/writers.ts'
import { prefillEvents } from '../load/prefill.ts'
import type { Figure } from '../report/figure.ts'
import { drainWithMeter } from './meter.ts'
import { countRecords, waitingSpans } from './metered-backlog.ts'

/** Kills each writer again and again while it works off the same backlog, and counts its rows in the end. */
export async function measureKills(bench: Bench): Promise<Figure[]> {
  const { options, stack, say } = bench
  const admin = await stack.kafka.openAdmin()
  try {
    say(`writing ${options.events} events`)
    await prefillEvents(stack, {
      topic: TOPICS.usageEvents.name,
      partitions: DEFAULT_USAGE_PARTITIONS,
      events: options.events,
      seed: 'kills',
    })
    await drainWithMeter(bench, admin)
    const spans = await waitingSpans(bench, admin)
    const expected = await countRecords(bench, spans)
    const rows: string[][] = []
    for (const [name, start] of Object.entries(WRITERS)) {
      say(`kills: ${name}`)
      const writer = await start(bench, { admin, spans })
      try {
        rows.push([name, ...columnsOf(await killAndCount(bench, writer, expected))])
      } finally {
        await writer.stop()
      }
      say(`${rows.at(-1)?.join(', ')}`)
    }
    return [
      {
        kind: 'table',
        name: `kill -9 as soon as a new block is seen, ${expected} records`,
        columns: ['writer', 'killed', 'rows', 'lost', 'doubled', 'seconds'],
        rows,
        notes: ['blocks of about 2,000 rows; rows by partition and offset of their record'],
      },
    ]
  } finally {
    await admin.disconnect()
  }
}

function columnsOf({ kills, rows, lost, doubled, seconds }: Outcome): string[] {
  const killed = Object.entries(kills)
    .map(([name, times]) => `${name} ${times}×`)
    .join(', ')
  return [killed, String(rows), String(lost), String(doubled), seconds.toFixed(0)]
}
