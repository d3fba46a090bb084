import type { ParsedUsage } from '../json/event-problem.ts'
import { undecodable } from '../json/event-problem.ts'
import { parseUsageEvent } from '../json/parse-usage-event.ts'
import type { ReadBody } from './event-body.ts'
import { MAX_EVENTS_PER_BODY, tooManyEvents } from './event-body.ts'
import { parseJson } from './parse-json.ts'

/** One event per line; empty lines are passed over and do not count. A line that is no JSON is refused alone. */
export function ndjsonBody(body: Buffer): ReadBody {
  const lines = body
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
  if (lines.length > MAX_EVENTS_PER_BODY) return tooManyEvents()
  return {
    ok: true,
    body: {
      count: lines.length,
      parse: (index) => parseLine(lines[index] ?? ''),
      raw: (index) => Buffer.from(lines[index] ?? '', 'utf8'),
      keptHeaders: { 'content-type': 'application/json' },
    },
  }
}

function parseLine(line: string): ParsedUsage {
  const parsed = parseJson(line)
  return parsed.ok ? parseUsageEvent(parsed.value) : undecodable(`the line is not JSON: ${parsed.message}`)
}
