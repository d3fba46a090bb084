import type { UsageEvent } from '@meterline/domain'

import { lastClockChange, monthStartMs } from './zone-times.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

export interface Sending {
  readonly event: UsageEvent
  readonly channel: 'http' | 'kafka'
  /** Timestamp of the Kafka record, when it is not now. */
  readonly recordMs?: number
  /** Key of the Kafka record, when it is not the right one. */
  readonly key?: string
}

export interface CorrectionPlan {
  /** Now, late by hours, days, a month; around the turn of the month and on the day on which clocks changed; ahead by 4 minutes. */
  readonly originals: readonly Sending[]
  /** Void, replaced, twice, corrected again. */
  readonly corrections: readonly Sending[]
  /** Come to nothing, each for the reason that it is listed under. */
  readonly refused: Readonly<Record<string, readonly Sending[]>>
  /** In the wrong partition: metered when they are replayed. */
  readonly misplaced: readonly Sending[]
}

const KEYS = ['key_payments_prod', 'key_fraud_dev', 'key_helpdesk_prod'] as const
const MODELS = ['model-large', 'model-medium', 'model-small'] as const

export function planCorrections(nowMs: number, timeZone: string): CorrectionPlan {
  const times = eventTimes(nowMs, timeZone)
  // Each time twice: one call is corrected, the other stands.
  const originals = [...times, ...times].map((timestamp, index): Sending => {
    const event = original(index, timestamp)
    // Mirrored days later: meter no longer remembers it when it is corrected, and looks for it by its time.
    if (nowMs - timestamp === 3 * DAY_MS) return { event, channel: 'kafka', recordMs: timestamp }
    return { event, channel: index % 2 === 0 ? 'http' : 'kafka' }
  })
  const corrected = originals.slice(0, times.length).map(({ event }) => event)
  const first = corrected.map((event, index) => sending(index, correctionOf(event, `first-${index}`, index)))
  const second = corrected
    .filter((_, index) => index % 4 === 1)
    .map((event, index) => sending(index, correctionOf(event, `second-${index}`, index + 1)))
  const again = first.filter((_, index) => index % 5 === 0)
  const misplaced = originals.slice(times.length, times.length + 2).map(({ event }, index): Sending => {
    const correction = correctionOf(event, `misplaced-${index}`, index)
    return { event: correction, channel: 'kafka', key: `elsewhere-${index}` }
  })
  const [some] = corrected
  if (some === undefined) throw new TypeError('the plan has no event')
  const anothers = KEYS.find((key) => key !== some.api_key_id) ?? ''
  return {
    originals,
    corrections: [...first, ...second, ...again],
    misplaced,
    refused: {
      correction_original_not_found: [
        sending(0, { ...correctionOf(some, 'of-nothing', 1), corrects: 'never-sent' }),
        sending(1, { ...correctionOf(some, 'of-another', 1), api_key_id: anothers }),
      ],
      // Far enough to be ahead still when it is sent.
      timestamp_in_future: [{ event: original(900, nowMs + HOUR_MS), channel: 'kafka' }],
      invalid_field: [
        { event: { ...correctionOf(some, 'other-model', 1), model_name: 'model-other' }, channel: 'kafka' },
      ],
    },
  }
}

function eventTimes(nowMs: number, timeZone: string): number[] {
  const month = monthStartMs(nowMs, timeZone)
  const clocks = lastClockChange(nowMs, timeZone)
  return [
    nowMs - SECOND_MS,
    nowMs - 40 * SECOND_MS,
    nowMs - 10 * MINUTE_MS,
    nowMs - 50 * MINUTE_MS,
    nowMs - 5 * HOUR_MS,
    nowMs - 26 * HOUR_MS,
    nowMs - 3 * DAY_MS,
    nowMs - 12 * DAY_MS,
    nowMs - 40 * DAY_MS,
    nowMs + 4 * MINUTE_MS,
    month - 1,
    month,
    month + 1,
    clocks.startMs - 1,
    clocks.startMs,
    // Both hours that the clocks show twice, or the ends of the hour that they leap over.
    clocks.startMs + 2 * HOUR_MS + 30 * MINUTE_MS,
    clocks.startMs + 3 * HOUR_MS + 30 * MINUTE_MS,
    clocks.endMs - 1,
    clocks.endMs,
  ]
}

function original(index: number, timestamp: number): UsageEvent {
  return {
    request_id: `call-${index}`,
    timestamp,
    api_key_id: KEYS[index % KEYS.length] ?? '',
    provider: 'acme-ai',
    model_name: MODELS[index % MODELS.length] ?? '',
    operation_type: 'completion',
    units: { tokens_input: 20_003 + index, tokens_input_cached: 7_000, tokens_output: 3_001 + index },
    credits_consumed: index % 3 === 0 ? 1_500_000 + index : null,
    usage_labels: {},
    response_latency_ms: 100 + index,
    error_code: index % 3 === 0 ? 'rate_limited' : null,
    user_id: `u_${index % 4}`,
    customer_id: null,
    endpoint: `endpoint.${index % 5}`,
    prompt_version: null,
    product: 'api',
    session_id: null,
    corrects: null,
  }
}

/** Every third is a void. */
function correctionOf(event: UsageEvent, name: string, index: number): UsageEvent {
  return {
    ...event,
    request_id: `correction-${name}`,
    corrects: event.request_id,
    units: index % 3 === 0 ? {} : { tokens_input: 11 * (index + 1), tokens_output: 5_000 + index },
    credits_consumed: null,
    // What a correction says beside its units is no part of it.
    endpoint: 'not.taken',
  }
}

function sending(index: number, event: UsageEvent): Sending {
  return { event, channel: index % 2 === 0 ? 'kafka' : 'http' }
}
