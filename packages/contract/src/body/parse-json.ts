import type { ReadBody } from './event-body.ts'
import { fault } from './event-body.ts'

const MAX_SHOWN_CHARACTERS = 200

export type ParsedJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string }

/** `JSON.parse` without the throw. The parser's own stack is bounded: it does not recurse. */
export function parseJson(text: string): ParsedJson {
  try {
    return { ok: true, value: JSON.parse(text) as unknown }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { ok: false, message: message.slice(0, MAX_SHOWN_CHARACTERS) }
  }
}

export function malformed(message: string): ReadBody {
  return fault(
    'malformed_json',
    `the body is not JSON: ${message}`,
    'for one event a line, send application/x-ndjson',
  )
}
