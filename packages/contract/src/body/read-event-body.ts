import { isUtf8 } from 'node:buffer'

import { binaryCloudEvent } from './binary-cloud-event.ts'
import type { ReadBody, RequestBody } from './event-body.ts'
import { fault } from './event-body.ts'
import { jsonBody } from './json-body.ts'
import type { MediaType } from './media-type.ts'
import { parseMediaType } from './media-type.ts'
import { ndjsonBody } from './ndjson-body.ts'
import { cloudEventBatch, structuredCloudEvent } from './structured-cloud-event.ts'

const NDJSON = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonlines',
])
const SUPPORTED =
  'send application/json, application/x-ndjson, application/cloudevents+json or application/cloudevents-batch+json'

/** Tells from content type and headers how the events are wrapped, and unwraps them. Never throws. */
export function readEventBody({ body, contentType, headers }: RequestBody): ReadBody {
  const mediaType = parseMediaType(contentType)
  if (mediaType === undefined)
    return fault('unsupported_media_type', 'the Content-Type is missing', SUPPORTED)
  if (mediaType.charset !== 'utf-8') {
    return fault('unsupported_media_type', `the charset ${mediaType.charset} is not supported`, 'send UTF-8')
  }
  const read = readerOf(mediaType, headers['ce-specversion'] !== undefined)
  if (read === undefined) {
    return fault('unsupported_media_type', `the Content-Type ${mediaType.name} is not supported`, SUPPORTED)
  }
  if (body.length === 0) return fault('empty_body', 'the request has no body', SUPPORTED)
  if (!isUtf8(body)) return fault('malformed_json', 'the body is not valid UTF-8')
  return read(body, headers)
}

type BodyReader = (body: Buffer, headers: RequestBody['headers']) => ReadBody

// CloudEvents HTTP binding: the mode is chosen by the beginning of the content type; anything else with ce- headers is binary.
function readerOf({ name }: MediaType, hasCloudEventHeaders: boolean): BodyReader | undefined {
  if (name.startsWith('application/cloudevents-batch'))
    return name.endsWith('+json') ? cloudEventBatch : undefined
  if (name.startsWith('application/cloudevents'))
    return name.endsWith('+json') ? structuredCloudEvent : undefined
  if (hasCloudEventHeaders) return isJson(name) ? binaryCloudEvent : undefined
  if (NDJSON.has(name)) return ndjsonBody
  return name === 'application/json' ? jsonBody : undefined
}

function isJson(name: string): boolean {
  return name === 'application/json' || name.endsWith('+json')
}
