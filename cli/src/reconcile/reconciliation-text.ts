import type { Reconciliation, ReconciliationRow } from '@meterline/reconciliation'
import colors from 'picocolors'

import { countText } from '../output/format.ts'
import { tableText } from '../output/table.ts'

/** The table for people: a line per partition and hour, and the sentence that it comes to. */
export function reconciliationText(result: Reconciliation): string {
  const { rows, waiting_records: waiting } = result
  if (rows.length === 0) return 'Nothing has been metered yet.'
  const number = (title: string, of: (row: ReconciliationRow) => number) =>
    ({ title, align: 'right', text: (row: ReconciliationRow) => countText(of(row)) }) as const
  const table = tableText(
    [
      { title: 'partition', align: 'right', text: ({ partition }) => String(partition) },
      { title: 'hour (UTC)', text: ({ hour }) => hour.slice(0, 16).replace('T', ' ') },
      number('accepted', ({ accepted }) => accepted),
      number('metered', ({ metered }) => metered),
      number('duplicates', ({ duplicates }) => duplicates),
      number('rejected', ({ rejected }) => rejected),
      number('rows', ({ rows: stored }) => stored),
      number('in rejected', (row) => row.rejected_rows + row.unstored),
      number('difference', ({ difference }) => difference),
    ],
    rows,
  )
  const behind = waiting > 0 ? [`The sink has ${countText(waiting)} records to store yet.`] : []
  return [table, '', ...behind, verdict(result)].join('\n')
}

function verdict({ holds, difference, rows, partitions }: Reconciliation): string {
  const accepted = rows.reduce((sum, row) => sum + row.accepted, 0)
  const holes = partitions.reduce((sum, partition) => sum + partition.holes, 0)
  const skipped =
    holes === 0 ? '' : ` ${countText(holes)} offsets hold no record: markers of producers’ transactions.`
  return holds
    ? `${colors.green('It holds')}: ${countText(accepted)} accepted, each metered, a duplicate, or rejected.${skipped}`
    : `${colors.red('It does not hold')}: ${countText(difference)} records do not match.${skipped}`
}
