import type { DeliveryState } from '@meterline/contract'

import type { Outcome } from './outcome.ts'
import { nextAttemptMs } from './retry-schedule.ts'

const MAX_MESSAGE_CHARACTERS = 500

export interface AttemptClock {
  readonly nowMs: number
  readonly delaysMs: readonly number[]
}

/** The record that says an attempt has begun. It is written before anything is sent, so that no attempt goes uncounted. */
export function begunAttempt(record: DeliveryState, nowMs: number): DeliveryState {
  return {
    ...record,
    attempting: true,
    attempts: record.attempts + 1,
    attempts_of_round: record.attempts_of_round + 1,
    updated_at_ms: nowMs,
  }
}

/** The record after an attempt: delivered, due again by the schedule, or dead. */
export function afterAttempt(record: DeliveryState, outcome: Outcome, clock: AttemptClock): DeliveryState {
  const ended = { ...record, attempting: false, updated_at_ms: clock.nowMs }
  switch (outcome.kind) {
    case 'delivered':
      return { ...ended, state: 'delivered', last: { code: 'delivered', message: outcome.detail } }
    case 'refused':
    case 'gone':
      return { ...ended, state: 'dead', last: lastOf(outcome) }
    case 'failed': {
      const failed = { ...ended, last: lastOf(outcome), accepted: [...(outcome.accepted ?? record.accepted)] }
      const dueMs = nextAttemptMs(record.attempts_of_round, { id: record.id, ...clock })
      if (dueMs === undefined) return { ...failed, state: 'dead' }
      return { ...failed, next_at_ms: Math.max(dueMs, clock.nowMs + (outcome.retryAfterMs ?? 0)) }
    }
  }
}

/** Due at once, with the whole schedule before it. Who has it already does not get it again, unless everybody had it. */
export function redelivered(record: DeliveryState, nowMs: number): DeliveryState {
  return {
    ...record,
    state: 'pending',
    attempting: false,
    attempts_of_round: 0,
    next_at_ms: nowMs,
    updated_at_ms: nowMs,
    accepted: record.state === 'delivered' ? [] : record.accepted,
  }
}

const lastOf = ({ code, message }: { readonly code: string; readonly message: string }) => ({
  code,
  message: message.slice(0, MAX_MESSAGE_CHARACTERS),
})
