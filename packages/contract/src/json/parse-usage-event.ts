import { refused } from './event-problem.ts'
import type { ParsedUsage } from './event-problem.ts'
import type { ReceivedUsage } from './received-usage.ts'
import { UsageFields } from './usage-fields.ts'

/**
 * One event of a JSON body, strictly: every field of its type, none that is not known, nothing inherited. Bounds and times are
 * `validateUsage`'s. Never throws. Hand-written because it runs for every event: ten times the speed of a schema interpreter;
 * a test holds it against `schemas/usage-event.schema.json`.
 */
export function parseUsageEvent(value: unknown): ParsedUsage {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refused({ reason: 'undecodable', message: 'an event has to be a JSON object' })
  }
  const fields = new UsageFields(value as Readonly<Record<string, unknown>>)
  const usage: ReceivedUsage = {
    request_id: fields.text('request_id'),
    timestamp: fields.timestamp('timestamp'),
    api_key_id: fields.optionalText('api_key_id'),
    provider: fields.text('provider'),
    model_name: fields.text('model_name'),
    operation_type: fields.operationType('operation_type'),
    units: fields.units('units'),
    credits_consumed: fields.optionalCredits('credits_consumed'),
    usage_labels: fields.labels('usage_labels'),
    response_latency_ms: fields.optionalWhole('response_latency_ms'),
    error_code: fields.optionalText('error_code'),
    user_id: fields.optionalText('user_id'),
    customer_id: fields.optionalText('customer_id'),
    endpoint: fields.optionalText('endpoint'),
    prompt_version: fields.optionalText('prompt_version'),
    product: fields.optionalText('product'),
    session_id: fields.optionalText('session_id'),
    corrects: fields.optionalText('corrects'),
  }
  const problem = fields.firstProblem()
  return problem === undefined ? { ok: true, usage } : refused(problem)
}
