import type { UsageEvent } from '@meterline/domain'

import { DAY_MS, localDay } from './calendar.ts'
import { malformedFor } from './malformed.ts'
import type { Malformed } from './malformed.ts'
import { REPLAY_KEYS, REPLAY_TEAMS } from './organization.ts'
import type { ReplayKey } from './organization.ts'
import { random } from './random.ts'
import type { TraceRow } from './trace.ts'

export type Channel = 'http' | 'kafka'

export interface Delivery {
  readonly channel: Channel
  readonly key: ReplayKey
  readonly event: UsageEvent
}

/** What is sent, in order, and what must come of it. */
export interface ReplayPlan {
  /** Thirty full days before today, one event per team and day. */
  readonly history: readonly Delivery[]
  /** The trace of the last hour, with duplicates and late events in it. */
  readonly traffic: readonly Delivery[]
  readonly malformed: readonly Malformed[]
  /** Every event that must count, once. */
  readonly distinct: readonly UsageEvent[]
}

const HISTORY_DAYS = 30
const DUPLICATE_SHARE = 0.05
const LATE_SHARE = 0.01
const MALFORMED_SHARE = 0.01
const MODELS = ['model-large', 'model-medium', 'model-small'] as const
const ENDPOINTS = ['checkout.summary', 'ticket.reply', 'search.rerank', 'batch.classify'] as const
const TRAFFIC_KEYS = REPLAY_KEYS.filter(({ team }) => team !== 'nightly')

export function planReplay(options: {
  readonly rows: readonly TraceRow[]
  readonly nowMs: number
  readonly offsetMs: number
  readonly seed: number
}): ReplayPlan {
  const next = random(options.seed)
  const history = planHistory(options)
  const first = options.rows.map((row, index) => deliver(row, index, options, next))
  const spike = nightlySpike(options.nowMs)
  const duplicates = first.filter(() => next() < DUPLICATE_SHARE)
  const malformed = first
    .filter(() => next() < MALFORMED_SHARE)
    .map(({ event, key }, index) => malformedFor(event, key, index))
  return {
    history,
    traffic: interleave([...first, spike], duplicates, next),
    malformed,
    distinct: [...history, ...first, spike].map(({ event }) => event),
  }
}

function deliver(
  row: TraceRow,
  index: number,
  options: { readonly rows: readonly TraceRow[]; readonly nowMs: number },
  next: () => number,
): Delivery {
  const lastMs = options.rows.at(-1)?.timestampMs ?? 0
  const late = next() < LATE_SHARE ? Math.floor((2 + next() * 20) * 3_600_000) : 0
  const key = TRAFFIC_KEYS[index % TRAFFIC_KEYS.length] as ReplayKey
  const units: Record<string, number> = {
    tokens_input: row.contextTokens,
    tokens_output: row.generatedTokens,
  }
  if (index % 3 === 0) units['tokens_input_cached'] = Math.floor(row.contextTokens / 2)
  return {
    channel: index % 2 === 0 ? 'http' : 'kafka',
    key,
    event: usageEvent({
      request_id: `trace-${index}`,
      timestamp: row.timestampMs - lastMs + options.nowMs - 60_000 - late,
      key,
      model_name: MODELS[index % MODELS.length] as string,
      units,
      endpoint: ENDPOINTS[index % ENDPOINTS.length] as string,
      user_id: `u_${index % 200}`,
      response_latency_ms: 200 + (index % 1_000),
      error_code: index % 97 === 0 ? 'rate_limited' : null,
    }),
  }
}

function planHistory(options: { readonly nowMs: number; readonly offsetMs: number }): Delivery[] {
  const noonMs = options.nowMs - ((options.nowMs + options.offsetMs) % DAY_MS) + DAY_MS / 2
  return REPLAY_TEAMS.flatMap((team, teamIndex) =>
    Array.from({ length: HISTORY_DAYS }, (_, index) => {
      const day = HISTORY_DAYS - index
      const key = REPLAY_KEYS.find((candidate) => candidate.team === team) as ReplayKey
      return {
        channel: index % 2 === 0 ? ('http' as const) : ('kafka' as const),
        key,
        event: usageEvent({
          request_id: `history-${team}-${localDay(noonMs - day * DAY_MS, options.offsetMs)}`,
          timestamp: noonMs - day * DAY_MS,
          key,
          model_name: 'model-medium',
          units: {
            tokens_input: 400_000 + ((index * 7_919 + teamIndex * 104_729) % 90_000),
            tokens_output: 1_000,
          },
          endpoint: 'batch.classify',
          user_id: 'u_history',
          response_latency_ms: 500,
          error_code: null,
        }),
      }
    }),
  )
}

function nightlySpike(nowMs: number): Delivery {
  const key = REPLAY_KEYS.find(({ team }) => team === 'nightly') as ReplayKey
  return {
    channel: 'http',
    key,
    event: usageEvent({
      request_id: 'nightly-spike',
      timestamp: nowMs - 120_000,
      key,
      model_name: 'model-medium',
      units: { tokens_input: 3_000_000, tokens_output: 20_000 },
      endpoint: 'batch.classify',
      user_id: 'u_nightly',
      response_latency_ms: 4_000,
      error_code: null,
    }),
  }
}

type Stated = Pick<
  UsageEvent,
  | 'request_id'
  | 'timestamp'
  | 'model_name'
  | 'units'
  | 'endpoint'
  | 'user_id'
  | 'response_latency_ms'
  | 'error_code'
>

function usageEvent({ key, ...stated }: Stated & { readonly key: ReplayKey }): UsageEvent {
  return {
    ...stated,
    api_key_id: key.id,
    provider: 'acme-ai',
    operation_type: 'completion',
    credits_consumed: null,
    usage_labels: {
      team: key.team,
      cost_center: key.costCenter,
      project: key.project,
      environment: key.environment,
    },
    customer_id: null,
    prompt_version: null,
    product: 'api',
    session_id: null,
    corrects: null,
  }
}

/** Puts each duplicate somewhere after its first delivery, through the other channel every other time. */
function interleave(
  first: readonly Delivery[],
  duplicates: readonly Delivery[],
  next: () => number,
): Delivery[] {
  const after = new Map<number, Delivery[]>()
  const indexOf = new Map(first.map(({ event }, index) => [event.request_id, index]))
  duplicates.forEach((duplicate, order) => {
    const from = indexOf.get(duplicate.event.request_id) ?? 0
    const at = from + Math.floor(next() * Math.min(2_000, first.length - from))
    const channel = order % 2 === 0 ? duplicate.channel : duplicate.channel === 'http' ? 'kafka' : 'http'
    after.set(at, [...(after.get(at) ?? []), { ...duplicate, channel }])
  })
  return first.flatMap((delivery, index) => [delivery, ...(after.get(index) ?? [])])
}
