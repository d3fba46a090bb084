import type { UsageEvent } from '@meterline/domain'
import { createRandom } from '@meterline/simulation'

import { PROVIDER, RATES, TRAFFIC_KEYS } from '../stack/organization.ts'

/**
 * Seconds of event time decide how much meter can add up: 5,000 events a second is a backlog of a busy company, not one of a
 * quiet day (whose events would hardly ever share a second).
 */
export const EVENTS_PER_EVENT_SECOND = 5_000
const DUPLICATE_SHARE = 0.05
/** A duplicate repeats one of this many events before it. */
const DUPLICATE_REACH = 4_096
const USERS = 200
const CUSTOMERS = 40
const ENDPOINTS = ['chat.answer', 'chat.title', 'search.rank', 'ticket.summary', 'code.review', 'doc.extract']
const PROMPT_VERSIONS = ['v3', 'v4', 'v4-short']
const MODELS = Object.keys(RATES)

export interface TrafficOptions {
  readonly seed: string
  readonly startMs: number
  /** Key by turns, or all events of this one. */
  readonly keyIndex?: number
}

/** A seeded sequence of events: 20 keys, 5 models, 200 users, 4 labels, 3 units, 5 % exact repetitions. */
export function createTraffic({ seed, startMs, keyIndex }: TrafficOptions): () => UsageEvent {
  const random = createRandom(seed)
  const recent: UsageEvent[] = []
  let made = 0

  function fresh(): UsageEvent {
    const key = TRAFFIC_KEYS[keyIndex ?? random.below(TRAFFIC_KEYS.length)]
    if (key === undefined) throw new RangeError(`there is no key ${keyIndex}`)
    const input = Math.round(random.logNormal(1_200, 0.9))
    const output = Math.round(random.logNormal(250, 0.8))
    const user = random.below(USERS)
    return {
      request_id: `req_${seed}_${String(made).padStart(8, '0')}`,
      timestamp: startMs + Math.floor((made * 1_000) / EVENTS_PER_EVENT_SECOND),
      api_key_id: key.id,
      provider: PROVIDER,
      model_name: MODELS[random.below(MODELS.length)] ?? '',
      operation_type: 'completion',
      units: { tokens_input: input, tokens_input_cached: Math.floor(input / 3), tokens_output: output },
      credits_consumed: null,
      usage_labels: {
        team: key.team,
        cost_center: key.costCenter,
        project: key.project,
        environment: key.environment,
      },
      response_latency_ms: 180 + output * 5,
      error_code: null,
      user_id: `u_${4_000 + user}`,
      customer_id: `customer-${random.below(CUSTOMERS)}`,
      endpoint: ENDPOINTS[random.below(ENDPOINTS.length)] ?? null,
      prompt_version: PROMPT_VERSIONS[random.below(PROMPT_VERSIONS.length)] ?? null,
      product: 'api',
      session_id: null,
      corrects: null,
    }
  }

  return () => {
    const repeated = random.next() < DUPLICATE_SHARE ? recent[random.below(DUPLICATE_REACH)] : undefined
    if (repeated !== undefined) return repeated
    const event = fresh()
    recent[made % DUPLICATE_REACH] = event
    made += 1
    return event
  }
}
