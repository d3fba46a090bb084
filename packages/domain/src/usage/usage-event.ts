export const OPERATION_TYPES = [
  'completion',
  'embedding',
  'fine_tune',
  'file_upload',
  'image',
  'audio',
  'moderation',
  'other',
] as const
export type OperationType = (typeof OPERATION_TYPES)[number]

/** Meter name to amount, e.g. `{ tokens_input: 1523, tokens_input_cached: 1024, tokens_output: 311 }`. */
export type Units = Readonly<Record<string, number>>
export type Labels = Readonly<Record<string, string>>

/** One metered call or job, as its producer reported it (domain.md §2). Field names are the wire's. */
export interface UsageEvent {
  readonly request_id: string
  /** Event time, milliseconds since the epoch. */
  readonly timestamp: number
  readonly api_key_id: string
  readonly provider: string
  readonly model_name: string
  readonly operation_type: OperationType
  readonly units: Units
  /** What the provider says it took, in micro-credits (on the wire: credits, a decimal of scale 6). */
  readonly credits_consumed: number | null
  readonly usage_labels: Labels
  readonly response_latency_ms: number | null
  readonly error_code: string | null
  readonly user_id: string | null
  readonly customer_id: string | null
  readonly endpoint: string | null
  readonly prompt_version: string | null
  readonly product: string | null
  readonly session_id: string | null
  readonly corrects: string | null
}
