import type { ReadBody } from './event-body.ts'
import { manyEvents, oneEvent } from './json-body.ts'
import { parseCloudEvent } from './parse-cloud-event.ts'
import { malformed, parseJson } from './parse-json.ts'

const contentType = 'application/cloudevents+json'

export function structuredCloudEvent(body: Buffer): ReadBody {
  const parsed = parseJson(body.toString('utf8'))
  if (!parsed.ok) return malformed(parsed.message)
  return { ok: true, body: oneEvent(parsed.value, { body, contentType, parse: parseCloudEvent }) }
}

export function cloudEventBatch(body: Buffer): ReadBody {
  const parsed = parseJson(body.toString('utf8'))
  if (!parsed.ok) return malformed(parsed.message)
  if (!Array.isArray(parsed.value)) return malformed('a CloudEvents batch is an array')
  return manyEvents(parsed.value, { body, contentType, parse: parseCloudEvent })
}
