import type { ControlEntities, ControlEntityKind, ControlEvent } from '@meterline/domain'
import { z } from 'zod'

import { scopeReference } from './file-fields.ts'

const id = z.string().min(1)
const micros = z.int().min(0)

const tier = z.strictObject({
  severity: z.enum(['info', 'warning', 'critical', 'hard_cap']),
  basis: z.enum(['daily_forecast', 'monthly_allocation', 'month_over_month']),
  threshold: z.number().positive(),
  action: z
    .strictObject({
      type: z.string(),
      params: z.record(z.string(), z.union([z.string(), z.number()])),
    })
    .nullable(),
  notify: z.array(z.string()),
  minimum_credits_micro: micros,
})

const rateEntry = z.strictObject({
  provider: z.string(),
  models: z.array(z.string()),
  tier: z.string(),
  from_context_tokens: z.int().min(0),
  effective_from_ms: z.int(),
  rates: z.record(z.string(), micros),
})

const entities = {
  organization: z.strictObject({
    id,
    name: z.string(),
    reporting_time_zone: z.string(),
    unattributed: z.enum(['reject', 'accept']),
  }),
  billing_group: z.strictObject({ id, name: z.string() }),
  department: z.strictObject({ id, name: z.string(), billing_group: id }),
  team: z.strictObject({ id, name: z.string(), department: id, cost_center: z.string() }),
  project: z.strictObject({ id, name: z.string(), team: id, cost_center: z.exactOptional(z.string()) }),
  api_key: z.strictObject({
    id,
    project: id,
    environment: z.string(),
    status: z.enum(['active', 'disabled']),
    labels_from: z.enum(['registry', 'event']),
    labels: z.record(z.string(), z.string()),
    user_id: z.exactOptional(z.string()),
    may_send_for_others: z.boolean(),
    expires_at_ms: z.exactOptional(z.int()),
    secret_prefix: z.string(),
    secret_salt: z.string(),
    secret_hash: z.string(),
  }),
  allocation: z.strictObject({
    id,
    scope: scopeReference,
    owner: z.string(),
    monthly_credits_micro: micros,
    reserve_credits_micro: micros,
    rollover: z.number().min(0).max(1),
    soft_cap: z.number().nullable(),
    hard_cap: z.number().nullable(),
    gl_account: z.string(),
    approved_models: z.array(z.string()),
    contacts: z.array(z.string()),
    tiers: z.array(tier),
  }),
  rate_card: z.strictObject({
    id,
    version: z.int(),
    entries: z.array(rateEntry),
    usd_micro_per_credit: micros,
  }),
} as const satisfies { readonly [K in ControlEntityKind]: z.ZodType<ControlEntities[K]> }

const head = { schema: z.literal(1), command_id: id, at_ms: z.int(), actor: z.string(), id }

const eventOf = <K extends ControlEntityKind>(kind: K) =>
  z.discriminatedUnion('type', [
    z.strictObject({ ...head, kind: z.literal(kind), type: z.literal('put'), data: entities[kind] }),
    z.strictObject({ ...head, kind: z.literal(kind), type: z.literal('removed') }),
  ])

const schemas: { readonly [K in ControlEntityKind]: z.ZodType } = {
  organization: eventOf('organization'),
  billing_group: eventOf('billing_group'),
  department: eventOf('department'),
  team: eventOf('team'),
  project: eventOf('project'),
  api_key: eventOf('api_key'),
  allocation: eventOf('allocation'),
  rate_card: eventOf('rate_card'),
}

const kindOf = z.looseObject({ kind: z.enum(Object.keys(schemas) as [ControlEntityKind]) })

export function encodeControlEvent(event: ControlEvent): Buffer {
  return Buffer.from(JSON.stringify(event))
}

/** Throws `SyntaxError` for bytes that are no JSON, `ZodError` for a record of another shape or schema version. */
export function decodeControlEvent(value: Buffer): ControlEvent {
  const json: unknown = JSON.parse(value.toString('utf8'))
  const { kind } = kindOf.parse(json)
  return schemas[kind].parse(json) as ControlEvent
}

/** Kafka key of the record: `kind:id`. */
export function controlEventKey({ kind, id }: Pick<ControlEvent, 'kind' | 'id'>): string {
  return `${kind}:${id}`
}
