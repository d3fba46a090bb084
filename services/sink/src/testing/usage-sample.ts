import { FRAME_BYTES, frame, meteredUsageCodec } from '@meterline/contract'
import type { MeteredUsage } from '@meterline/domain'

export const SAMPLE_SCHEMA_ID = 7

const TEAMS = ['payments', 'support', 'research']
const MODELS = ['gpt-5-mini', 'gpt-5', 'claude-sonnet-4-5']
const SAMPLE_START_MS = Date.UTC(2026, 8, 20)

/** The i-th of a series of metered records: a minute apart unless told, with every optional field now and then. */
export function sampleUsage(i: number, startMs = SAMPLE_START_MS, stepMs = 60_000): MeteredUsage {
  const team = TEAMS[i % TEAMS.length] ?? ''
  return {
    request_id: `req_${String(i).padStart(9, '0')}`,
    timestamp: startMs + i * stepMs + (i % 997),
    api_key_id: `key_${i % 17}`,
    provider: i % 3 === 2 ? 'anthropic' : 'openai',
    model_name: MODELS[i % MODELS.length] ?? '',
    operation_type: i % 11 === 0 ? 'embedding' : 'completion',
    units: { tokens_input: 100 + (i % 3_000), tokens_output: i % 800 },
    credits_consumed: i % 5 === 0 ? 1_870_000 + i : null,
    usage_labels: { team, environment: 'prod', größe: `ä${i % 4}` },
    response_latency_ms: i % 9 === 0 ? null : 50 + (i % 2_000),
    error_code: i % 50 === 0 ? 'rate_limited' : null,
    user_id: i % 2 === 0 ? `u_${i % 40}` : null,
    customer_id: null,
    endpoint: i % 7 === 0 ? null : `checkout.e${i % 5}`,
    prompt_version: i % 4 === 0 ? 'summarizer_v4' : null,
    product: 'api',
    session_id: null,
    corrects: null,
    ingested_at: SAMPLE_START_MS + i * 60_000 + 1_000,
    source_offset: i,
    attribution: 'gateway',
    organization: 'org-1234',
    billing_group: 'consumer',
    department: `${team}-dept`,
    team,
    project: `${team}-app`,
    environment: 'prod',
    cost_center: `CC-${1200 + (i % 3)}`,
    allocation_id: i % 3 === 0 ? 'org-1234-bg-payments' : null,
    tier: 'standard',
    metered_units: { tokens_input: 100 + (i % 3_000), tokens_output: i % 800 },
    rates: { tokens_input: 25_000_000, tokens_output: 200_000_000 },
    rate_card_id: 'default',
    rate_card_version: 3,
    rating: i % 13 === 0 ? 'unrated' : 'rated',
    unrated_meters: i % 13 === 0 ? ['audio_seconds'] : [],
    credits_micro: 1 + ((i * 7_919) % 1_000_000),
    cost_usd_micro: 1 + ((i * 104_729) % 10_000),
    requests: 1,
    correction: 'none',
  }
}

export function sampleValue(i: number, startMs?: number, stepMs?: number): Buffer {
  return frame(SAMPLE_SCHEMA_ID, meteredUsageCodec.encode(sampleUsage(i, startMs, stepMs)))
}

/** A value whose datum is damaged in one way or another, so that no reader can take it for a record. */
export function damagedValue(i: number): Buffer {
  const value = sampleValue(i)
  switch (i % 3) {
    case 0:
      return value.subarray(0, FRAME_BYTES + 40)
    case 1:
      return Buffer.concat([value, Buffer.from([1, 2, 3])])
    default:
      return Buffer.from('{"request_id": "not avro"}')
  }
}
