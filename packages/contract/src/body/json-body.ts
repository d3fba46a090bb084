import { parseUsageEvent } from '../json/parse-usage-event.ts'
import { elementRanges } from './element-ranges.ts'
import type { EventBody, ReadBody } from './event-body.ts'
import { MAX_EVENTS_PER_BODY, tooManyEvents } from './event-body.ts'
import { malformed, parseJson } from './parse-json.ts'
import type { ParsedUsage } from '../json/event-problem.ts'

/** One event as an object, or an array of them. */
export function jsonBody(body: Buffer): ReadBody {
  const parsed = parseJson(body.toString('utf8'))
  if (!parsed.ok) return malformed(parsed.message)
  const { value } = parsed
  const source = { body, contentType: 'application/json', parse: parseUsageEvent }
  return Array.isArray(value)
    ? manyEvents(value as unknown[], source)
    : { ok: true, body: oneEvent(value, source) }
}

export interface EventSource {
  readonly body: Buffer
  /** Of a single event. */
  readonly contentType: string
  readonly parse: (value: unknown) => ParsedUsage
}

export function oneEvent(value: unknown, { body, contentType, parse }: EventSource): EventBody {
  return {
    count: 1,
    parse: () => parse(value),
    raw: () => body,
    keptHeaders: { 'content-type': contentType },
  }
}

/** The values are taken out of the array as they are parsed: a collection in the middle of a large body then has less to move. */
export function manyEvents(values: unknown[], { body, contentType, parse }: EventSource): ReadBody {
  if (values.length > MAX_EVENTS_PER_BODY) return tooManyEvents()
  let ranges: readonly (readonly [number, number])[] | undefined
  return {
    ok: true,
    body: {
      count: values.length,
      parse(index) {
        const value = values[index]
        values[index] = undefined
        return parse(value)
      },
      raw(index) {
        // Only refused events are looked up, so most bodies are never scanned.
        ranges ??= elementRanges(body)
        return body.subarray(...(ranges[index] ?? [0, 0]))
      },
      keptHeaders: { 'content-type': contentType },
    },
  }
}
