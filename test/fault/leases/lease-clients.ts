import { setTimeout as sleep } from 'node:timers/promises'

import type { Program } from './lease-world.ts'

/** What one call costs, estimated and in fact: a credit. */
export const CALL = { provider: 'acme-ai', model: 'exact-1', units: { tokens_output: 100 } } as const
export const CALL_MICRO = 1_000_000

const REPORT_PAUSE_MS = 100

/** Counted over all clients. */
export interface ClientTally {
  allowed: number
  throttled: number
  denied: number
  /** Requests that got no answer, because a gateway was killed. */
  unanswered: number
  /** The latest answer that allowed a call. */
  lastAllowedMs: number
}

/** A client that asks, calls, and reports, until it is denied or told to stop. What was called is always reported. */
export async function runClient(
  id: number,
  world: { readonly gateways: readonly Program[]; readonly secret: string; readonly signal: AbortSignal },
  tally: ClientTally,
): Promise<void> {
  const { gateways, secret, signal } = world
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }
  const post = (at: number, path: string, body: object) =>
    fetch(`${gateways[at % gateways.length]?.url}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
  for (let turn = 0; !signal.aborted; turn++) {
    const request_id = `client-${id}-${turn}`
    const asked = { request_id, model: CALL.model, provider: CALL.provider, estimated_units: CALL.units }
    const answer = await decisionOf(post(id + turn, '/v1/authorizations', asked))
    if (answer === undefined) {
      tally.unanswered += 1
      await sleep(REPORT_PAUSE_MS)
      continue
    }
    if (answer.decision === 'deny') {
      tally.denied += 1
      return
    }
    if (answer.decision === 'throttle') {
      tally.throttled += 1
      await sleep(200)
      continue
    }
    tally.allowed += 1
    tally.lastAllowedMs = Date.now()
    await sleep(5 + ((id * 7 + turn * 13) % 40))
    const event = {
      request_id,
      timestamp: Date.now(),
      provider: CALL.provider,
      model_name: CALL.model,
      operation_type: 'completion',
      units: CALL.units,
    }
    // Every eighth one through another gateway than the one that has the reservation. Near the cap, what these reserved comes back
    // only as they expire, so each further eighth of what is left takes another reservation's time.
    for (let attempt = turn % 8 === 0 ? 1 : 0; ; attempt++) {
      const response = await post(id + turn + attempt, '/v1/events', event).catch(() => undefined)
      await response?.body?.cancel()
      if (response?.status === 202) break
      await sleep(REPORT_PAUSE_MS)
    }
  }
}

async function decisionOf(
  response: Promise<Response>,
): Promise<{ readonly decision: 'allow' | 'deny' | 'throttle' } | undefined> {
  try {
    const answered = await response
    const body = (await answered.json()) as { readonly decision: 'allow' | 'deny' | 'throttle' }
    if (answered.status !== 200) throw new Error(`${answered.status} ${JSON.stringify(body)}`)
    return body
  } catch (error) {
    // A gateway that was killed answers nothing; anything else is a defect.
    if (error instanceof TypeError) return undefined
    throw error
  }
}
