import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'

import { CliError } from '../cli-error.ts'
import type { DeliveryReport } from './delivery.ts'

const REQUEST_TIMEOUT_MS = 30_000
/** What is on its way when the sender is stopped gets its answer, within this time. */
const GRACE_MS = 3_000
const DEFAULT_GIVE_UP_AFTER_MS = 60_000
/** A key that was applied a moment ago may not have reached the gateway yet. */
const UNKNOWN_KEY_GIVES_UP_AFTER_MS = 3_000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5_000

export interface GatewayClientOptions {
  readonly url: string
  /** How long an unreachable or busy gateway is asked again before a batch fails. */
  readonly giveUpAfterMs?: number
  readonly signal?: AbortSignal
  readonly onRetry?: (why: string, pauseMs: number) => void
}

export interface GatewayClient {
  /** Posts events of one key. Busy (429) and away (503, no connection) are tried again, with growing pauses. */
  post(secret: string, events: readonly unknown[]): Promise<DeliveryReport>
}

const answer = z.object({
  accepted: z.number(),
  rejected: z
    .array(z.object({ request_id: z.string().nullish(), code: z.string(), message: z.string() }))
    .default([]),
})
const problem = z.object({ error: z.object({ code: z.string(), message: z.string() }) })

export function createGatewayClient(options: GatewayClientOptions): GatewayClient {
  const { url, giveUpAfterMs = DEFAULT_GIVE_UP_AFTER_MS, onRetry } = options
  const signal = options.signal ?? new AbortController().signal
  const cutOff = afterGrace(signal)
  return {
    async post(secret, events) {
      const body = JSON.stringify(events)
      const startedMs = performance.now()
      for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
        signal.throwIfAborted()
        const attempt = await tryPost({ url, secret, body, signal: cutOff })
        if (attempt.kind === 'answered') return attempt.report
        const patienceMs = attempt.kind === 'unknown key' ? UNKNOWN_KEY_GIVES_UP_AFTER_MS : giveUpAfterMs
        if (performance.now() - startedMs > patienceMs) {
          throw new CliError(`the gateway at ${url} ${attempt.why}; gave up`)
        }
        const waitMs = attempt.kind === 'later' ? Math.max(attempt.retryAfterMs, pauseMs) : pauseMs
        onRetry?.(attempt.why, waitMs)
        await delay(waitMs, undefined, { signal })
      }
    },
  }
}

function afterGrace(signal: AbortSignal): AbortSignal {
  const cutOff = new AbortController()
  const onAbort = (): void => void setTimeout(() => cutOff.abort(signal.reason), GRACE_MS).unref()
  signal.addEventListener('abort', onAbort, { once: true })
  return cutOff.signal
}

type Attempt =
  | { readonly kind: 'answered'; readonly report: DeliveryReport }
  | { readonly kind: 'later'; readonly why: string; readonly retryAfterMs: number }
  | { readonly kind: 'unknown key'; readonly why: string }

async function tryPost(request: {
  readonly url: string
  readonly secret: string
  readonly body: string
  readonly signal: AbortSignal
}): Promise<Attempt> {
  const { url, secret, body, signal } = request
  let response: Response
  try {
    response = await fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    })
  } catch (error) {
    signal.throwIfAborted()
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    return { kind: 'later', why: `cannot be reached (${cause})`, retryAfterMs: 0 }
  }
  const text = await response.text()
  if (response.status === 429 || response.status === 503 || response.status === 502) {
    const retryAfterMs = 1_000 * Number(response.headers.get('retry-after') ?? 0)
    return {
      kind: 'later',
      why: `answers ${response.status}`,
      retryAfterMs: Number.isFinite(retryAfterMs) ? retryAfterMs : 0,
    }
  }
  if (response.status === 401)
    return { kind: 'unknown key', why: `does not know the key: ${text.slice(0, 300)}` }
  return { kind: 'answered', report: readAnswer(response.status, text) }
}

function readAnswer(status: number, text: string): DeliveryReport {
  const json = parseJson(text)
  const taken = answer.safeParse(json)
  if (taken.success) {
    const { accepted, rejected } = taken.data
    return {
      accepted,
      refused: rejected.map(({ request_id, code, message }) => ({
        request_id: request_id ?? null,
        code,
        message,
      })),
    }
  }
  const refusal = problem.safeParse(json)
  if (refusal.success) {
    const { code, message } = refusal.data.error
    throw new CliError(`the gateway refused the request: ${message} (${status} ${code})`)
  }
  throw new CliError(`the gateway answered ${status}: ${text.slice(0, 300)}`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
