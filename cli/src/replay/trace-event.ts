import { OPERATION_TYPES } from '@meterline/domain'
import type { OperationType, UsageEvent } from '@meterline/domain'

import type { TraceRow } from './trace-row.ts'

export interface EventDefaults {
  readonly provider: string
  readonly model: string
  readonly endpoint: string
}

/** Names that traces use for a model, in the words of the provider's price list. */
const TRACE_MODELS: Readonly<Record<string, { readonly provider: string; readonly model: string }>> = {
  ChatGPT: { provider: 'openai', model: 'gpt-3.5-turbo' },
  'GPT-4': { provider: 'openai', model: 'gpt-4' },
}

export function traceEvent(
  row: TraceRow,
  at: { readonly requestId: string; readonly timestampMs: number; readonly keyId: string },
  defaults: EventDefaults,
): UsageEvent {
  const { stated } = row
  const known = TRACE_MODELS[stated['model_name'] ?? '']
  const latency = Number(stated['response_latency_ms'] ?? Number.NaN)
  return {
    request_id: stated['request_id'] ?? at.requestId,
    timestamp: at.timestampMs,
    api_key_id: at.keyId,
    provider: stated['provider'] ?? known?.provider ?? defaults.provider,
    model_name: known?.model ?? stated['model_name'] ?? defaults.model,
    operation_type: operationOf(stated['operation_type']),
    units: row.units,
    credits_consumed: null,
    usage_labels: {},
    response_latency_ms: Number.isFinite(latency) ? Math.round(latency) : null,
    error_code: stated['error_code'] ?? null,
    user_id: stated['user_id'] ?? null,
    customer_id: stated['customer_id'] ?? null,
    endpoint: stated['endpoint'] ?? defaults.endpoint,
    prompt_version: stated['prompt_version'] ?? null,
    product: stated['product'] ?? 'api',
    session_id: stated['session_id'] ?? null,
    corrects: null,
  }
}

function operationOf(text: string | undefined): OperationType {
  return OPERATION_TYPES.find((known) => known === text) ?? 'completion'
}
