import { describe, expect, test } from 'vitest'

import type { UsageEvent } from './usage-event.ts'
import { validateUsage } from './validate-usage.ts'

const RECEIVED_MS = Date.parse('2026-11-21T12:00:00Z')

describe('validateUsage', () => {
  test.each([
    ['a complete event', {}],
    ['four minutes ahead', { timestamp: RECEIVED_MS + 4 * 60_000 }],
    ['1,825 days back', { timestamp: RECEIVED_MS - 1_825 * 86_400_000 }],
    ['an id of 128 characters', { request_id: 'r'.repeat(128) }],
    ['64 meters and 64 labels', { units: many(64, 1), usage_labels: many(64, 'x') }],
    ['no units at all', { units: {} }],
  ] satisfies [string, Partial<UsageEvent>][])('accepts %s', (_what, changes) => {
    expect(validate(changes)).toBeUndefined()
  })

  test.each([
    ['request_id is empty', { request_id: '' }],
    ['request_id has 129 characters, at most 128', { request_id: 'r'.repeat(129) }],
    ['provider is empty', { provider: '' }],
    ['model_name has 300 characters', { model_name: 'm'.repeat(300) }],
    ['session_id has 257 characters', { session_id: 's'.repeat(257) }],
    ['units.tokens_input is NaN', { units: { tokens_input: NaN } }],
    ['units.tokens_input is Infinity', { units: { tokens_input: Infinity } }],
    ['units.tokens_output is -1', { units: { tokens_output: -1 } }],
    ['units.images is 1e+300', { units: { images: 1e300 } }],
    ['units has a meter without a name', { units: { '': 1 } }],
    ['units has 65 meters', { units: many(65, 1) }],
    ['usage_labels has 65 labels', { usage_labels: many(65, 'x') }],
    ['usage_labels.team has 257 characters', { usage_labels: { team: 't'.repeat(257) } }],
    ['response_latency_ms is -5', { response_latency_ms: -5 }],
    ['credits_consumed has to be 0 or more', { credits_consumed: -1 }],
  ] satisfies [string, Partial<UsageEvent>][])('refuses: %s', (sentence, changes) => {
    const rejection = validate(changes)
    expect(rejection?.reason).toBe('invalid_field')
    expect(rejection?.error).toContain(sentence)
    expect(rejection?.stage).toBe('gateway')
  })

  test('a time too far ahead or too far back has a reason of its own', () => {
    expect(validate({ timestamp: Date.parse('3000-01-01T00:00:00Z') })?.reason).toBe('timestamp_in_future')
    expect(validate({ timestamp: RECEIVED_MS - 1_827 * 86_400_000 })?.reason).toBe('timestamp_too_old')
    expect(validate({ timestamp: Number.MAX_SAFE_INTEGER })?.error).toContain('9007199254740991')
    expect(validate({ timestamp: 0.5 })?.reason).toBe('invalid_field')
  })
})

const validate = (changes: Partial<UsageEvent>) =>
  validateUsage({ ...event, ...changes }, { receivedMs: RECEIVED_MS, stage: 'gateway' })

function many<T>(count: number, value: T): Record<string, T> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`name_${index}`, value]))
}

const event: UsageEvent = {
  request_id: 'req_1',
  timestamp: RECEIVED_MS,
  api_key_id: 'key_1',
  provider: 'openai',
  model_name: 'gpt-5-mini',
  operation_type: 'completion',
  units: { tokens_input: 1523, tokens_input_cached: 1024, tokens_output: 311 },
  credits_consumed: null,
  usage_labels: { team: 'payments' },
  response_latency_ms: 812,
  error_code: null,
  user_id: null,
  customer_id: null,
  endpoint: null,
  prompt_version: null,
  product: null,
  session_id: null,
  corrects: null,
}
