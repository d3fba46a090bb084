import type { MeteredUsage } from './metered-usage.ts'
import type { Units, UsageEvent } from './usage-event.ts'

/**
 * The record key of an event in `usage.events`: a correction goes where the request that it corrects went, so that both are seen
 * by the same partition.
 */
export function partitionKeyOf({
  corrects,
  request_id,
}: Pick<UsageEvent, 'corrects' | 'request_id'>): string {
  return corrects ?? request_id
}

/** A correction without units says that nothing of the request stands. Zeros are units: a call that cost nothing. */
export function isVoid({ units }: Pick<UsageEvent, 'units'>): boolean {
  return Object.keys(units).length === 0
}

/** Where and when a correction was received. */
type Received = Pick<MeteredUsage, 'ingested_at' | 'source_offset'>

/**
 * Takes back what stands for a request: the same record with every amount negated, so that sums over both are zero. The latency
 * is left out, which no sum takes back: the call was made, and its latency stands with the original.
 */
export function reversalOf(
  standing: MeteredUsage,
  correction: Pick<UsageEvent, 'request_id' | 'corrects'>,
  received: Received,
): MeteredUsage {
  const { credits_consumed } = standing
  return {
    ...standing,
    ...received,
    request_id: correction.request_id,
    corrects: correction.corrects,
    units: negated(standing.units),
    metered_units: negated(standing.metered_units),
    credits_consumed: credits_consumed === null ? null : negative(credits_consumed),
    credits_micro: negative(standing.credits_micro),
    cost_usd_micro: negative(standing.cost_usd_micro),
    requests: negative(standing.requests),
    response_latency_ms: null,
    correction: 'reversal',
  }
}

/** The request as its correction states it: the same call at the same time with other units. To be rated. */
export function replacementEvent(standing: MeteredUsage, correction: UsageEvent): UsageEvent {
  return {
    request_id: correction.request_id,
    timestamp: standing.timestamp,
    api_key_id: standing.api_key_id,
    provider: standing.provider,
    model_name: standing.model_name,
    operation_type: standing.operation_type,
    units: correction.units,
    credits_consumed: correction.credits_consumed,
    usage_labels: standing.usage_labels,
    response_latency_ms: null,
    error_code: standing.error_code,
    user_id: standing.user_id,
    customer_id: standing.customer_id,
    endpoint: standing.endpoint,
    prompt_version: standing.prompt_version,
    product: standing.product,
    session_id: standing.session_id,
    corrects: correction.corrects,
  }
}

function negated(units: Units): Units {
  return Object.fromEntries(Object.entries(units).map(([meter, amount]) => [meter, negative(amount)]))
}

/** Without a negative zero, which would be another value on the wire. */
function negative(value: number): number {
  return value === 0 ? 0 : -value
}
