import { HEADERS, TOPICS } from '@meterline/contract'
import type { LogRecord } from '@meterline/topology'

import type { Source } from '../exactly-once/source.ts'
import { rowBinarySource } from './row-binary-source.ts'

const NAME = 'String'

/** usage.rejected → rejected. Every record has a row, whatever is in it; one that has none would come back here for ever. */
export function rejectedSource(): Source {
  return rowBinarySource({
    topic: TOPICS.usageRejected.name,
    unstorable: 'halt',
    table: {
      name: 'rejected',
      timeColumn: 'time',
      columns: [
        ['time', "DateTime64(3, 'UTC')"],
        ['reason', NAME],
        ['stage', NAME],
        ['error', 'String'],
        ['source_topic', NAME],
        ['source_partition', 'Nullable(Int32)'],
        ['source_offset', 'Nullable(Int64)'],
        ['api_key_id', NAME],
        ['key', 'String'],
        ['value', 'String'],
        ['headers', 'Map(String, String)'],
      ],
    },
    write: (record, row) => {
      const eventMs = storableMs(record.timestampMs)
      row.int64(eventMs)
      for (const name of [HEADERS.reason, HEADERS.stage, HEADERS.error, HEADERS.sourceTopic]) {
        row.string(headerText(record, name))
      }
      row.nullable(headerInteger(record, HEADERS.sourcePartition, 0x7fff_ffff), (value) => row.int32(value))
      row.nullable(headerInteger(record, HEADERS.sourceOffset, Number.MAX_SAFE_INTEGER), (value) =>
        row.int64(value),
      )
      row.string(headerText(record, HEADERS.apiKeyId))
      row.string(record.key ?? '')
      row.string(record.value ?? '')
      row.map(Object.entries(record.headers).map(([name, value]) => [name, value ?? '']))
      return eventMs
    },
  })
}

function headerText(record: LogRecord, name: string): string {
  return record.headers[name]?.toString('utf8') ?? ''
}

function headerInteger(record: LogRecord, name: string, max: number): number | null {
  const text = headerText(record, name)
  return /^\d{1,16}$/.test(text) && Number(text) <= max ? Number(text) : null
}

/** A producer's clock can say anything; the row must fit all the same. */
function storableMs(timestampMs: number): number {
  return Math.min(Math.max(0, timestampMs), Date.UTC(2100, 0, 1) - 1)
}
