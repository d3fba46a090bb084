import type { OrganizationEntities } from '@meterline/domain'
import { z } from 'zod'

import { scopeReference } from '../file-fields.ts'
import { id, micros } from './entity-fields.ts'

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

const keptSecret = { secret_prefix: z.string(), secret_salt: z.string(), secret_hash: z.string() }

export const organizationSchemas = {
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
    status: z.enum(['active', 'disabled', 'revoked']),
    labels_from: z.enum(['registry', 'event']),
    labels: z.record(z.string(), z.string()),
    user_id: z.exactOptional(z.string()),
    may_send_for_others: z.boolean(),
    expires_at_ms: z.exactOptional(z.int()),
    ...keptSecret,
    former_secret: z.exactOptional(z.strictObject({ ...keptSecret, valid_until_ms: z.int() })),
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
    pool: z.exactOptional(id),
    rollover_rest: z.exactOptional(z.enum(['return', 'expire'])),
    may_overcommit: z.exactOptional(z.boolean()),
    on_owner_unreachable: z.exactOptional(z.enum(['open', 'closed'])),
  }),
  rate_card: z.strictObject({
    id,
    version: z.int(),
    entries: z.array(rateEntry),
    usd_micro_per_credit: micros,
  }),
} as const satisfies { readonly [K in keyof OrganizationEntities]: z.ZodType<OrganizationEntities[K]> }
