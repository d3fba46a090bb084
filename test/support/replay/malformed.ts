import { frame, usageEventCodec } from '@meterline/contract'
import type { RejectionReason, UsageEvent } from '@meterline/domain'

import type { ReplayKey } from './organization.ts'

/** Something that must end in `rejected`, with this reason. */
export type Malformed =
  | {
      readonly channel: 'http'
      readonly key: ReplayKey
      readonly reason: RejectionReason
      readonly body: unknown
    }
  | {
      readonly channel: 'kafka'
      readonly key: ReplayKey
      readonly reason: RejectionReason
      readonly requestId: string
      readonly value: (schemaId: number) => Buffer | null
    }

const UNKNOWN_SCHEMA_ID = 999_999
const YEAR_3000_MS = Date.UTC(3000, 0, 1)

type Recipe = (event: UsageEvent, key: ReplayKey) => Malformed

const http =
  (reason: RejectionReason, change: (event: UsageEvent) => unknown): Recipe =>
  (event, key) => ({ channel: 'http', key, reason, body: change(event) })

const kafka =
  (reason: RejectionReason, value: (event: UsageEvent, schemaId: number) => Buffer | null): Recipe =>
  (event, key) => ({
    channel: 'kafka',
    key,
    reason,
    requestId: event.request_id,
    value: (schemaId) => value(event, schemaId),
  })

const encode = (schemaId: number, event: UsageEvent) => frame(schemaId, usageEventCodec.encode(event))

const RECIPES: readonly Recipe[] = [
  http('invalid_field', (event) => ({ ...jsonBody(event), units: { tokens_input: -1 } })),
  http('invalid_field', (event) => ({ ...jsonBody(event), modle_name: 'typo' })),
  http('timestamp_in_future', (event) => ({ ...jsonBody(event), timestamp: '3000-01-01T00:00:00Z' })),
  http('contradicting_label', (event) => ({ ...jsonBody(event), usage_labels: { team: 'someone-else' } })),
  kafka('undecodable', (event, schemaId) => encode(schemaId, event).subarray(0, 20)),
  kafka('unknown_schema_id', (event) => encode(UNKNOWN_SCHEMA_ID, event)),
  kafka('tombstone', () => null),
  kafka('invalid_field', (event, schemaId) =>
    encode(schemaId, { ...event, units: { tokens_input: Number.NaN } }),
  ),
  kafka('timestamp_in_future', (event, schemaId) => encode(schemaId, { ...event, timestamp: YEAR_3000_MS })),
  kafka('unknown_key', (event, schemaId) => encode(schemaId, { ...event, api_key_id: 'key_of_nobody' })),
  http('label_not_allowed', (event) => ({ ...jsonBody(event), usage_labels: { stage: 'red' } })),
  kafka('label_not_allowed', (event, schemaId) =>
    encode(schemaId, { ...event, usage_labels: { ...event.usage_labels, stage: 'red' } }),
  ),
]

/** The `index`-th malformed sibling of a good event; its request_id is its own. */
export function malformedFor(event: UsageEvent, key: ReplayKey, index: number): Malformed {
  const recipe = RECIPES[index % RECIPES.length] as Recipe
  return recipe({ ...event, request_id: `malformed-${index}` }, key)
}

/** The event as an HTTP producer states it: ISO time, no nulls. */
export function jsonBody(event: UsageEvent): Record<string, unknown> {
  const { api_key_id: _, ...stated } = event
  return {
    ...Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== null)),
    timestamp: new Date(event.timestamp).toISOString(),
  }
}
