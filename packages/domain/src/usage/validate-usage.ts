import type { Rejection, RejectionReason } from './rejection.ts'
import { OPERATION_TYPES, type UsageEvent } from './usage-event.ts'

/** Bounds of a usage event. Lengths are in characters (UTF-16 code units, as JSON schemas and most languages count them). */
export const USAGE_BOUNDS = {
  maxIdLength: 128,
  maxTextLength: 256,
  maxUnits: 64,
  maxLabels: 64,
  maxLabelLength: 256,
  /** Far above any call, far below where a double loses whole units of what is rated. */
  maxUnitAmount: 1e15,
  maxFutureMs: 5 * 60_000,
  maxAgeMs: 1_826 * 86_400_000,
} as const

const IDS = ['request_id', 'api_key_id', 'provider', 'model_name'] as const
const OPTIONAL_TEXTS = [
  'error_code',
  'user_id',
  'customer_id',
  'endpoint',
  'prompt_version',
  'product',
  'session_id',
  'corrects',
] as const

/**
 * Whether an event may be counted; `undefined` when it may. `receivedMs` is when it came (the record's own timestamp), so that
 * the answer is the same whenever it is asked. The gateway and meter ask the same question here.
 */
export function validateUsage(
  event: UsageEvent,
  received: { readonly receivedMs: number; readonly stage: Rejection['stage'] },
): Rejection | undefined {
  const problem = fieldProblem(event) ?? timestampProblem(event.timestamp, received.receivedMs)
  return problem === undefined ? undefined : { ...problem, stage: received.stage }
}

/** The part that depends on when the event came. */
export function timestampProblem(timestampMs: number, receivedMs: number): Problem | undefined {
  if (timestampMs > receivedMs + USAGE_BOUNDS.maxFutureMs) {
    return {
      reason: 'timestamp_in_future',
      error: `timestamp ${iso(timestampMs)} is more than 5 minutes after the event was received (${iso(receivedMs)}): send the time of the call, and check the sender's clock`,
    }
  }
  if (timestampMs < receivedMs - USAGE_BOUNDS.maxAgeMs) {
    return {
      reason: 'timestamp_too_old',
      error: `timestamp ${iso(timestampMs)} is more than 1,826 days before the event was received (${iso(receivedMs)}): usage that old is not metered`,
    }
  }
  return undefined
}

interface Problem {
  readonly reason: RejectionReason
  readonly error: string
}

function fieldProblem(event: UsageEvent): Problem | undefined {
  const sentence =
    idProblem(event) ??
    correctsProblem(event) ??
    amountProblem(event) ??
    unitsProblem(event) ??
    labelsProblem(event)
  return sentence === undefined ? undefined : { reason: 'invalid_field', error: sentence }
}

function idProblem(event: UsageEvent): string | undefined {
  for (const field of IDS) {
    const { length } = event[field]
    if (length === 0) return `${field} is empty: it has to name the call's own`
    if (length > USAGE_BOUNDS.maxIdLength) return tooLong(field, length, USAGE_BOUNDS.maxIdLength)
  }
  for (const field of OPTIONAL_TEXTS) {
    const length = event[field]?.length ?? 0
    if (length > USAGE_BOUNDS.maxTextLength) return tooLong(field, length, USAGE_BOUNDS.maxTextLength)
  }
  if (!OPERATION_TYPES.includes(event.operation_type)) {
    return `operation_type has to be one of ${OPERATION_TYPES.join(', ')}`
  }
  return undefined
}

/** It names a request, so it is bound like the name of one. */
function correctsProblem({ corrects, request_id }: UsageEvent): string | undefined {
  if (corrects === null) return undefined
  if (corrects.length === 0)
    return 'corrects is empty: name the request_id that is corrected, or leave it out'
  if (corrects.length > USAGE_BOUNDS.maxIdLength) {
    return tooLong('corrects', corrects.length, USAGE_BOUNDS.maxIdLength)
  }
  if (corrects === request_id) {
    return 'corrects is the request_id of the event itself: a correction is a request of its own, with a request_id of its own'
  }
  // The last byte of an event without correction is 0: by that meter passes it over without reading it twice.
  if (corrects.endsWith('\0')) return 'corrects ends with a NUL character: no request_id does'
  return undefined
}

function amountProblem(event: UsageEvent): string | undefined {
  if (!Number.isSafeInteger(event.timestamp)) return 'timestamp has to be a whole number of milliseconds'
  const { response_latency_ms, credits_consumed } = event
  if (
    response_latency_ms !== null &&
    !(Number.isSafeInteger(response_latency_ms) && response_latency_ms >= 0)
  ) {
    return `response_latency_ms is ${response_latency_ms}: send whole milliseconds, 0 or more, or leave it out`
  }
  if (credits_consumed !== null && !(Number.isSafeInteger(credits_consumed) && credits_consumed >= 0)) {
    return 'credits_consumed has to be 0 or more with at most 6 decimals: leave it out when the provider does not say'
  }
  return undefined
}

function unitsProblem({ units }: UsageEvent): string | undefined {
  const entries = Object.entries(units)
  if (entries.length > USAGE_BOUNDS.maxUnits) {
    return `units has ${entries.length} meters, at most ${USAGE_BOUNDS.maxUnits} are taken: send the call in parts`
  }
  for (const [meter, amount] of entries) {
    if (meter.length === 0) return 'units has a meter without a name: name what was counted'
    if (meter.length > USAGE_BOUNDS.maxIdLength) {
      return tooLong('a meter name in units', meter.length, USAGE_BOUNDS.maxIdLength)
    }
    if (!Number.isFinite(amount) || amount < 0 || amount > USAGE_BOUNDS.maxUnitAmount) {
      return `units.${meter} is ${amount}: send a number from 0 to ${USAGE_BOUNDS.maxUnitAmount}`
    }
  }
  return undefined
}

function labelsProblem({ usage_labels }: UsageEvent): string | undefined {
  const entries = Object.entries(usage_labels)
  if (entries.length > USAGE_BOUNDS.maxLabels) {
    return `usage_labels has ${entries.length} labels, at most ${USAGE_BOUNDS.maxLabels} are taken: drop some`
  }
  for (const [label, value] of entries) {
    if (label.length === 0) return 'usage_labels has a label without a name: name it or drop it'
    const longest = Math.max(label.length, value.length)
    if (longest > USAGE_BOUNDS.maxLabelLength) {
      return tooLong(`usage_labels.${label.slice(0, 32)}`, longest, USAGE_BOUNDS.maxLabelLength)
    }
  }
  return undefined
}

const tooLong = (field: string, length: number, bound: number): string =>
  `${field} has ${length} characters, at most ${bound} are taken: shorten it`

// Outside the calendar of Date there is no ISO form.
function iso(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms)
}
