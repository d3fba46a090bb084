import { RowBinaryWriter } from '@meterline/clickhouse'
import type { LoadTable } from '@meterline/clickhouse'
import type { LogRecord } from '@meterline/topology'

import type { Source } from '../exactly-once/source.ts'

const PLACE_COLUMNS = [
  ['_partition', 'Int32'],
  ['_offset', 'Int64'],
] as const satisfies LoadTable['columns']

/** A source whose rows are written column by column; partition and offset are appended here. */
export function rowBinarySource(definition: {
  readonly topic: string
  readonly table: {
    readonly name: string
    readonly timeColumn: string
    readonly columns: LoadTable['columns']
  }
  readonly unstorable: 'reject' | 'halt'
  /** Writes the columns and returns the value of the time column. Throws when the record cannot be read. */
  readonly write: (record: LogRecord, row: RowBinaryWriter) => number
}): Source {
  const { topic, unstorable, write } = definition
  const table: LoadTable = {
    ...definition.table,
    columns: [...definition.table.columns, ...PLACE_COLUMNS],
    format: 'RowBinary',
  }
  return {
    topic,
    table,
    unstorable,
    prepare: () => Promise.resolve(),
    admit: (record) => {
      const row = new RowBinaryWriter((record.value?.length ?? 0) + ROOM_BYTES)
      try {
        const eventMs = write(record, row)
        row.int32(record.partition)
        row.int64(record.offset)
        // What is written to may have twice the room.
        return { record, eventMs, datum: Buffer.from(row.toBuffer()), start: 0 }
      } catch (error) {
        const said = error instanceof Error ? error.message : String(error)
        return { record, rejection: { reason: 'undecodable', stage: 'sink', error: said.slice(0, 500) } }
      }
    },
    encode: (rows) => ({
      bytes: rows.reduce((sum, { datum }) => sum + datum.length, 0),
      pieces: () => [Buffer.concat(rows.map(({ datum }) => datum))],
    }),
  }
}

const ROOM_BYTES = 1_024
