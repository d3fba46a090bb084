import type { OutgoingAnswer, OutgoingClient } from '../outgoing/outgoing-client.ts'
import { OutgoingError } from '../outgoing/outgoing-error.ts'
import { retryAfterMs } from '../outgoing/retry-after.ts'
import { ActionError } from './action-error.ts'

/** A page of a hundred keys, many times over. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024

export interface JsonRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the base address, with its query. */
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface JsonAnswer {
  readonly status: number
  readonly body: unknown
}

/** Requests of one API, with its credential. Throws `ActionError` for whatever is no 2xx and not among `expected`. */
export interface JsonApi {
  call(request: JsonRequest, expected?: readonly number[]): Promise<JsonAnswer>
}

export function createJsonApi(options: {
  readonly name: string
  readonly baseUrl: string
  readonly headers: Readonly<Record<string, string>>
  readonly client: OutgoingClient
  readonly signal: AbortSignal
  readonly nowMs: () => number
}): JsonApi {
  const { name, client, signal, nowMs } = options
  const base = options.baseUrl.replace(/\/$/, '')
  return {
    async call({ method, path, body, headers = {} }, expected = []) {
      const answer = await sent(name, () =>
        client.send({
          url: `${base}${path}`,
          method,
          headers: {
            // Servers refuse a request that announces JSON and has none.
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...options.headers,
            ...headers,
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          maxAnswerBytes: MAX_ANSWER_BYTES,
          signal,
        }),
      )
      const { status } = answer
      if ((status >= 200 && status < 300) || expected.includes(status)) {
        return { status, body: jsonOf(answer) }
      }
      throw refusal(name, answer, nowMs())
    },
  }
}

async function sent(name: string, send: () => Promise<OutgoingAnswer>): Promise<OutgoingAnswer> {
  try {
    return await send()
  } catch (cause) {
    if (!(cause instanceof OutgoingError)) throw cause
    const { retryable } = cause
    throw new ActionError(`${name}_${cause.code}`, `${name}: ${cause.message}`, { retryable, cause })
  }
}

const MAX_SHOWN_CHARACTERS = 300

/** Overload and trouble of theirs pass; a wrong credential or request does not by itself. */
function refusal(name: string, answer: OutgoingAnswer, nowMs: number): ActionError {
  const { status, text, headers } = answer
  const retryable = status === 429 || status === 408 || status >= 500
  const said = messageOf(jsonOf(answer)) ?? text.slice(0, MAX_SHOWN_CHARACTERS)
  return new ActionError(`${name}_status_${status}`, `${name} answered ${status}: ${said}`, {
    retryable,
    retryAfterMs: retryAfterMs(headers['retry-after'], nowMs),
  })
}

function jsonOf({ text }: OutgoingAnswer): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** `{"error": {"message": …}}`, the shape that OpenAI, Anthropic and Meterline share. */
function messageOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined
  const { error } = body
  if (typeof error !== 'object' || error === null || !('message' in error)) return undefined
  return typeof error.message === 'string' ? error.message.slice(0, MAX_SHOWN_CHARACTERS) : undefined
}
