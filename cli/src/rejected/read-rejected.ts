import { FRAME_BYTES, framedSchemaId, readEventBody } from '@meterline/contract'
import type { SchemaReader } from '@meterline/contract'
import type { UsageEvent } from '@meterline/domain'

import type { RejectedRow } from './rejected-rows.ts'

/** What a rejected record says when it is read as it would be now. */
export type RejectedContent =
  /** Avro as a producer wrote it to `usage.events`. */
  | { readonly kind: 'event'; readonly event: UsageEvent }
  /** JSON as the gateway received it; the key that sent it stands in for `api_key_id`. */
  | { readonly kind: 'request'; readonly event: UsageEvent }
  | { readonly kind: 'unreadable'; readonly why: string }

/** Reads records with the schemas that the registry has now, and bodies with the gateway's own parser. */
export async function readRejected(
  row: RejectedRow,
  schemas: SchemaReader<UsageEvent>,
): Promise<RejectedContent> {
  if (row.stage === 'gateway') return readRequest(row)
  if (row.value.length === 0) return unreadable('the record has no value')
  const schemaId = framedSchemaId(row.value)
  if (schemaId === undefined) return unreadable('the value does not begin with 0x00 and a schema id')
  await schemas.prepare([schemaId])
  const writer = schemas.of(schemaId)
  if (writer.kind === 'unknown' || writer.kind === 'incompatible') return unreadable(writer.error)
  try {
    return { kind: 'event', event: writer.decode(row.value.subarray(FRAME_BYTES)) }
  } catch (error) {
    return unreadable(error instanceof Error ? error.message : String(error))
  }
}

const KAFKA_ATTRIBUTE = 'ce_'

function readRequest({ value, headers, apiKeyId }: RejectedRow): RejectedContent {
  // The gateway keeps the attributes of a binary CloudEvent by the names of the Kafka binding.
  const attributes = Object.entries(headers)
    .filter(([name]) => name.startsWith(KAFKA_ATTRIBUTE))
    .map(([name, text]) => [`ce-${name.slice(KAFKA_ATTRIBUTE.length)}`, encodeURIComponent(text)] as const)
  const read = readEventBody({
    body: value,
    contentType: headers['content-type'] ?? 'application/json',
    headers: Object.fromEntries(attributes),
  })
  if (!read.ok) return unreadable(read.fault.message)
  if (read.body.count !== 1) return unreadable(`it holds ${read.body.count} events in place of one`)
  const parsed = read.body.parse(0)
  if (!parsed.ok) return unreadable(parsed.problem.message)
  return { kind: 'request', event: { ...parsed.usage, api_key_id: parsed.usage.api_key_id ?? apiKeyId } }
}

function unreadable(why: string): RejectedContent {
  return { kind: 'unreadable', why }
}
