import { setTimeout as sleep } from 'node:timers/promises'

import type { TrafficLedger } from './ledger.ts'

const ANSWER_TIMEOUT_MS = 20_000
const RETRY_PAUSE_MS = 250
const MAX_RETRY_AFTER_MS = 2_000

export interface HttpAnswer {
  readonly status: number
  readonly accepted: number
  readonly rejected: readonly { readonly code: string }[]
}

/** Sends a body until the gateway answers for it (202 or 400), as a careful producer does. */
export async function postUntilAnswered(
  to: { readonly gatewayUrl: string; readonly ledger: TrafficLedger; readonly signal: AbortSignal },
  secret: string,
  events: readonly unknown[],
): Promise<HttpAnswer> {
  const body = JSON.stringify(events)
  for (;;) {
    to.signal.throwIfAborted()
    let pauseMs = RETRY_PAUSE_MS
    try {
      const response = await fetch(`${to.gatewayUrl}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
        body,
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      })
      const answer = (await response.json()) as Omit<HttpAnswer, 'status'>
      if (response.status === 202 || response.status === 400) return { status: response.status, ...answer }
      const retryAfter = response.headers.get('retry-after')
      to.ledger.notTaken(response.status, retryAfter)
      if (response.status !== 429 && response.status < 500) {
        throw new Refused(`the gateway answered ${response.status}: ${JSON.stringify(answer)}`)
      }
      pauseMs = Math.min(MAX_RETRY_AFTER_MS, Math.max(pauseMs, Number(retryAfter ?? 0) * 1_000))
    } catch (error) {
      if (error instanceof Refused) throw error
      to.ledger.notTaken(undefined, null)
    }
    await sleep(pauseMs, undefined, { signal: to.signal })
  }
}

class Refused extends Error {}
