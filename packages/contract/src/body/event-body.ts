import type { ParsedUsage } from '../json/event-problem.ts'

export const MAX_BODY_BYTES = 5 * 1024 * 1024
export const MAX_EVENTS_PER_BODY = 10_000

/** What came in one HTTP request. */
export interface RequestBody {
  readonly body: Buffer
  readonly contentType: string | undefined
  /** As Node gives them: lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** The events of one request, whatever it was wrapped in. */
export interface EventBody {
  readonly count: number
  /** Each once. */
  parse(index: number): ParsedUsage
  /** The bytes of that event as they came, to be kept if it is refused. */
  raw(index: number): Buffer
  /** Headers that, with the bytes, make the event whole again: its content type, and the attributes of a binary CloudEvent. */
  readonly keptHeaders: Readonly<Record<string, string>>
}

export type BodyFaultCode = 'empty_body' | 'malformed_json' | 'too_many_events' | 'unsupported_media_type'

/** Nothing of the body could be read. */
export interface BodyFault {
  readonly code: BodyFaultCode
  readonly message: string
  readonly hint?: string
}

export type ReadBody =
  | { readonly ok: true; readonly body: EventBody }
  | { readonly ok: false; readonly fault: BodyFault }

export function fault(code: BodyFaultCode, message: string, hint?: string): ReadBody {
  return { ok: false, fault: { code, message, ...(hint === undefined ? {} : { hint }) } }
}

export function tooManyEvents(): ReadBody {
  return fault(
    'too_many_events',
    `a request holds at most ${MAX_EVENTS_PER_BODY} events`,
    'send them in several requests',
  )
}
