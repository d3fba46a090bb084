/** Every field filled, as a producer may send it. */
export const COMPLETE_EVENT = {
  request_id: 'req_01JD',
  timestamp: '2026-11-21T03:04:05.678Z',
  api_key_id: 'key_payments_prod_1',
  provider: 'openai',
  model_name: 'gpt-5-mini',
  operation_type: 'completion',
  units: { tokens_input: 1523, tokens_input_cached: 1024, tokens_output: 311 },
  credits_consumed: 1.87,
  usage_labels: { team: 'payments', cost_center: 'CC-1200', project: 'auth-service', environment: 'prod' },
  response_latency_ms: 812,
  error_code: null,
  user_id: 'u_4411',
  customer_id: 'enterprise-alpha',
  endpoint: 'checkout.summary',
  prompt_version: 'summarizer_v4',
  product: 'api',
  session_id: null,
  corrects: null,
} as const

/** Only what is required. */
export const SMALLEST_EVENT = {
  request_id: 'r1',
  timestamp: 1_763_694_245_678,
  provider: 'openai',
  model_name: 'gpt-5-mini',
  operation_type: 'completion',
  units: { requests: 1 },
} as const
