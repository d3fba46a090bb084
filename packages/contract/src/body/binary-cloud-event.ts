import type { ReadBody, RequestBody } from './event-body.ts'
import { parseCloudEvent } from './parse-cloud-event.ts'
import { malformed, parseJson } from './parse-json.ts'

const PREFIX = 'ce-'
const MAX_ATTRIBUTES = 64

/** Attributes in `ce-` headers, percent-encoded; the body is the data, its content type the data's. */
export function binaryCloudEvent(body: Buffer, headers: RequestBody['headers']): ReadBody {
  const parsed = parseJson(body.toString('utf8'))
  if (!parsed.ok) return malformed(parsed.message)
  const attributes = attributesIn(headers)
  const event = Object.fromEntries([...attributes, ['data', parsed.value]]) as unknown
  // The names of the Kafka binding: whoever replays the kept record finds a CloudEvent in binary mode.
  const kept = attributes.map(([name, value]) => [`ce_${name}`, value] as const)
  return {
    ok: true,
    body: {
      count: 1,
      parse: () => parseCloudEvent(event),
      raw: () => body,
      keptHeaders: { 'content-type': 'application/json', ...Object.fromEntries(kept) },
    },
  }
}

function attributesIn(headers: RequestBody['headers']): [string, string][] {
  return Object.entries(headers)
    .filter(([name, value]) => name.startsWith(PREFIX) && typeof value === 'string')
    .slice(0, MAX_ATTRIBUTES)
    .map(([name, value]) => [name.slice(PREFIX.length), percentDecoded(String(value))])
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // Not percent-encoded after all: as it is.
    return text
  }
}
