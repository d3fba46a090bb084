import type { UsageEvent } from '@meterline/domain'

import { creditsMicro, billingGroupOf } from '../../../support/replay/oracle.ts'
import { REPLAY_KEYS } from '../../../support/replay/organization.ts'
import type { ReplayKey } from '../../../support/replay/organization.ts'
import { random } from '../../../support/replay/random.ts'

export interface PlannedEvent {
  readonly key: ReplayKey
  readonly event: UsageEvent
  readonly isLate: boolean
}

const LATE_SHARE = 0.01
const HOUR_MS = 3_600_000
const MODELS = ['model-large', 'model-medium', 'model-small'] as const
const ENDPOINTS = ['checkout.summary', 'ticket.reply', 'search.rerank', 'batch.classify'] as const
const KEYS = REPLAY_KEYS.filter(({ team }) => team !== 'nightly')

/** The `index`-th event of a seed: what it is depends on nothing else, but for its time. */
export function plannedEvent(seed: number, index: number, nowMs: number): PlannedEvent {
  const next = random(seed * 1_000_003 + index)
  const key = KEYS[Math.floor(next() * KEYS.length)] as ReplayKey
  const input = 1 + Math.floor(4_000 * next() ** 2)
  const output = 1 + Math.floor(600 * next() ** 2)
  const isLate = next() < LATE_SHARE
  const lateMs = isLate ? Math.floor((2 + next() * 20) * HOUR_MS) : 0
  return {
    key,
    isLate,
    event: {
      request_id: `fault-${seed}-${index}`,
      timestamp: nowMs - lateMs,
      api_key_id: key.id,
      provider: 'acme-ai',
      model_name: MODELS[Math.floor(next() * MODELS.length)] as string,
      operation_type: 'completion',
      units: { tokens_input: input, tokens_input_cached: input >> 2, tokens_output: output },
      credits_consumed: null,
      usage_labels: {
        team: key.team,
        cost_center: key.costCenter,
        project: key.project,
        environment: key.environment,
      },
      response_latency_ms: 200 + (index % 1_000),
      error_code: index % 97 === 0 ? 'rate_limited' : null,
      user_id: `u_${index % 200}`,
      customer_id: null,
      endpoint: ENDPOINTS[index % ENDPOINTS.length] as string,
      prompt_version: null,
      product: 'api',
      session_id: null,
      corrects: null,
    },
  }
}

const MICRO = 1_000_000n
/** All tiers are crossed after this share of the events, when traffic and faults are in full swing. */
const SPENT_AFTER = { payments: 0.8, support: 0.6 } as const

/** Budgets that the first events of the plan use up. Late events may belong to the month before, and are left out. */
export function budgetsOf(seed: number, events: number): Record<'payments' | 'support', number> {
  const spent = (group: 'payments' | 'support'): number => {
    let micro = 0n
    for (let index = 0; index < events * SPENT_AFTER[group]; index += 1) {
      const { event, isLate } = plannedEvent(seed, index, 0)
      if (!isLate && billingGroupOf(event) === group) micro += creditsMicro(event)
    }
    return Number(micro / MICRO)
  }
  return { payments: spent('payments'), support: spent('support') }
}
