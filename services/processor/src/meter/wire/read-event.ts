import {
  FRAME_BYTES,
  frame,
  framedSchemaId,
  MAX_RECORD_BYTES,
  type SchemaReader,
  usageEventCodec,
} from '@meterline/contract'
import { timestampProblem, validateUsage, type Rejection, type UsageEvent } from '@meterline/domain'
import type { LogRecord } from '@meterline/topology'

import type { UsageScan } from './usage-scan.ts'

export type EventSchemas = Pick<SchemaReader<UsageEvent>, 'of'>

const STAGE = 'drop-duplicates'

/**
 * Finds the event in a record and scans it. Bytes in the current schema are scanned as they are; anything else is resolved,
 * checked, and written anew in the current schema, so that what follows sees one layout only.
 * Answers why the record cannot be counted, or `undefined`.
 */
export function readEvent(record: LogRecord, scan: UsageScan, schemas: EventSchemas): Rejection | undefined {
  const { value, timestampMs } = record
  if (value === null)
    return rejection('tombstone', 'the record has no value: usage is corrected by an event, not deleted')
  if (value.length + (record.key?.length ?? 0) > MAX_RECORD_BYTES) return tooLarge(value)
  const schemaId = framedSchemaId(value)
  if (schemaId === undefined) {
    return rejection(
      'undecodable',
      'the value does not begin with 0x00 and a schema id: send framed Avro, or JSON to the gateway',
    )
  }
  const writer = schemas.of(schemaId)
  if (writer.kind === 'unknown') {
    return rejection('unknown_schema_id', `${writer.error}: register the schema before writing with it`)
  }
  if (writer.kind === 'incompatible') return rejection('undecodable', writer.error)
  if (writer.kind === 'resolved' || !scan.scan(value, FRAME_BYTES)) {
    return readSlowly(record, scan, (datum) => writer.decode(datum))
  }
  const problem = timestampProblem(scan.timestampMs, timestampMs)
  return problem === undefined ? undefined : { ...problem, stage: STAGE }
}

function readSlowly(
  record: LogRecord,
  scan: UsageScan,
  decode: (datum: Buffer) => UsageEvent,
): Rejection | undefined {
  const { value, timestampMs } = record
  if (value === null) throw new TypeError('a record without value has no event')
  let event: UsageEvent
  try {
    event = decode(value.subarray(FRAME_BYTES))
  } catch (error) {
    return rejection('undecodable', `the value is not one datum of its schema: ${messageOf(error)}`)
  }
  const invalid = validateUsage(event, { receivedMs: timestampMs, stage: STAGE })
  if (invalid !== undefined) return invalid
  const rewritten = frame(0, usageEventCodec.encode(event))
  if (!scan.scan(rewritten, FRAME_BYTES, 3)) throw new TypeError('a valid event was not scanned')
  return undefined
}

function tooLarge(value: Buffer): Rejection {
  const error = `the record's value has ${value.length} bytes, at most ${MAX_RECORD_BYTES} are stored: it stands in the source topic until that expires`
  return rejection('unstorable', error)
}

function rejection(reason: Rejection['reason'], error: string): Rejection {
  return { reason, stage: STAGE, error }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
