import type { Dispatcher } from 'undici'

import { checkedUrl, guardedAgent } from './guarded-agent.ts'
import type { AddressRule } from './guarded-agent.ts'
import { toOutgoingError } from './outgoing-error.ts'

export const DEFAULT_ATTEMPT_TIMEOUT_MS = 20_000
/** Of an answer that is no success only this much is read. */
const MAX_ANSWER_BYTES = 64 * 1024
/** Standard Webhooks asks for less than 20 kB; groups and mails may be larger, never this large. */
const MAX_REQUEST_BYTES = 512 * 1024

export interface OutgoingRequest {
  readonly url: string
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
  /** How much is wanted of the body of a success; nothing unless told. */
  readonly maxAnswerBytes?: number
}

export interface OutgoingAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Empty for a success whose body nobody wants. */
  readonly text: string
}

/** Requests to addresses that people configure: guarded, bounded in time and size, never redirected. */
export interface OutgoingClient {
  /** Resolves with whatever was answered, a redirect included. Throws `OutgoingError` where there was no answer. */
  send(request: OutgoingRequest): Promise<OutgoingAnswer>
  close(): Promise<void>
}

export function createOutgoingClient(
  options: AddressRule & { readonly attemptTimeoutMs?: number },
): OutgoingClient {
  const agent = guardedAgent(options)
  const { attemptTimeoutMs = DEFAULT_ATTEMPT_TIMEOUT_MS } = options
  return {
    async send(request) {
      const { body = '', method = 'POST', headers = {} } = request
      if (Buffer.byteLength(body) > MAX_REQUEST_BYTES) throw new RangeError('the request is too large')
      const url = checkedUrl(request.url, options)
      // One deadline for all of it: a receiver that drips a byte a second is cut off like one that is silent.
      const signal = AbortSignal.any([request.signal, AbortSignal.timeout(attemptTimeoutMs)])
      try {
        const answer = await agent.request({
          origin: url.origin,
          path: `${url.pathname}${url.search}`,
          method,
          headers: { 'user-agent': 'Meterline-Notifier/1', ...headers },
          ...(body === '' ? {} : { body }),
          signal,
        })
        const maxBytes = answer.statusCode >= 300 ? MAX_ANSWER_BYTES : (request.maxAnswerBytes ?? 0)
        const text = maxBytes > 0 ? await boundedText(answer.body, maxBytes) : ''
        // What is left of the answer is not waited for: its status has been said.
        answer.body.on('error', () => undefined).destroy()
        return { status: answer.statusCode, headers: answer.headers, text }
      } catch (error) {
        request.signal.throwIfAborted()
        throw toOutgoingError(error)
      }
    },
    close: () => agent.destroy(),
  }
}

async function boundedText(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk.subarray(0, maxBytes - bytes))
      bytes += chunk.length
      if (bytes >= maxBytes) break
    }
  } catch {
    // The status counts; a body that breaks off is shown as far as it came.
  }
  return Buffer.concat(chunks).toString('utf8')
}
