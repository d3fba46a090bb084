import type { UsageEvent } from '@meterline/domain'
import * as fc from 'fast-check'

import { OWN_LABELS, RECEIVED_MS, usageEvent } from './meter.test-data.ts'

/** Lists of events, good and bad, that repeat each other's ids. */
export const events = fc.array(
  fc
    .record({
      request_id: fc.constantFrom('r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'ü'.repeat(100)),
      api_key_id: fc.constantFrom('key_registry', 'key_support', 'key_event', 'stranger'),
      model_name: fc.constantFrom('gpt-5-mini', 'claude-sonnet-5', 'gpt-5.4', 'unheard-of'),
      provider: fc.constantFrom('openai', 'anthropic'),
      timestamp: fc.integer({ min: RECEIVED_MS - 3_000, max: RECEIVED_MS }),
      units: fc.constantFrom<Record<string, number>>(
        { tokens_input: 1523, tokens_input_cached: 1024, tokens_output: 311 },
        { tokens_input: 7 },
        { tokens_input: 272_001, tokens_output: 1 },
        { tokens_input: 90, tokens_input_cache_write: 40 },
        { tokens_input: 1, tokens_input_cached: 2 },
        { tokens_output: 0.5, '7': 1, sessions: 0 },
        { audio_seconds: 1.25 },
        {},
      ),
      usage_labels: fc.constantFrom<Record<string, string>>(
        {},
        OWN_LABELS,
        { service_tier: 'batch' },
        { naïve: 'ja' },
      ),
      user_id: fc.constantFrom(null, '', 'u1', 'u2'),
      endpoint: fc.constantFrom(null, 'a', 'b'),
      credits_consumed: fc.constantFrom(null, 0, 1_870_000, Number.MAX_SAFE_INTEGER),
      response_latency_ms: fc.constantFrom(null, 0, 812, Number.MAX_SAFE_INTEGER - 1),
      corrects: fc.constantFrom(null, null, null, 'r0'),
    })
    .map((changes): UsageEvent => usageEvent(changes)),
  { maxLength: 40 },
)
