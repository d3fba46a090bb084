import type { UsageEvent } from '@meterline/domain'

import type { Random } from '../random/random.ts'
import type { Model, Workload } from './workload.ts'

const MAX_INPUT_TOKENS = 180_000
const MAX_OUTPUT_TOKENS = 32_000
const ERROR_SHARE = 0.006
const FIRST_TOKEN_MS = 180
const ERRORS = [
  ['rate_limit_exceeded', 3],
  ['server_error', 2],
  ['context_length_exceeded', 1],
] as const

/** One call of a workload. The same random sequence gives the same call. */
export function drawEvent(
  workload: Workload,
  random: Random,
  at: { readonly requestId: string; readonly timestampMs: number },
): UsageEvent {
  const model = random.pick(workload.models)
  const failed = random.next() < ERROR_SHARE
  const units = drawUnits(workload, random, failed)
  const user = random.below(Math.max(1, workload.users))
  const customer = workload.customers[random.below(workload.customers.length)]
  return {
    request_id: at.requestId,
    timestamp: at.timestampMs,
    api_key_id: workload.keyId,
    provider: model.provider,
    model_name: model.name,
    operation_type: workload.operation,
    units,
    credits_consumed: null,
    usage_labels: {
      ...workload.labels,
      ...(workload.serviceTier === undefined ? {} : { service_tier: workload.serviceTier }),
    },
    response_latency_ms: latencyMs(model, units['tokens_output'] ?? 0, random),
    error_code: failed ? random.pick(ERRORS) : null,
    user_id: workload.users === 0 ? null : `u_${4_000 + user * 7}`,
    customer_id: customer ?? null,
    endpoint: workload.endpoint,
    prompt_version: workload.promptVersions.length === 0 ? null : random.pick(workload.promptVersions),
    product: workload.product,
    session_id: null,
    corrects: null,
  }
}

function drawUnits(workload: Workload, random: Random, failed: boolean): Record<string, number> {
  const input = tokens(random, workload.inputTokens, workload.sigma, MAX_INPUT_TOKENS)
  const output = failed ? 0 : tokens(random, workload.outputTokens, workload.sigma, MAX_OUTPUT_TOKENS)
  const cached = random.next() < 0.7 ? Math.floor(input * workload.cachedShare) : 0
  if (workload.operation === 'embedding') return { tokens_input: input }
  return { tokens_input: input, tokens_input_cached: cached, tokens_output: output }
}

function tokens(random: Random, median: number, sigma: number, most: number): number {
  if (median === 0) return 0
  return Math.min(most, Math.max(1, Math.round(random.logNormal(median, sigma))))
}

function latencyMs(model: Model, outputTokens: number, random: Random): number {
  return Math.round(random.logNormal(FIRST_TOKEN_MS, 0.4) + outputTokens * model.msPerToken)
}
