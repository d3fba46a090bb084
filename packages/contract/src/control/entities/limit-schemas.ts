import type { LimitEntities } from '@meterline/domain'
import { z } from 'zod'

import { anyScope, atMs, id, micros } from './entity-fields.ts'

export const limitSchemas = {
  limit: z.strictObject({
    id,
    level: z.enum(['workspace', 'group', 'individual']),
    scope: anyScope,
    per: z.enum(['scope', 'user', 'api_key']),
    period: z.enum(['day', 'month']),
    soft_cap_micro: micros.nullable(),
    hard_cap_micro: micros.nullable(),
    expires_at_ms: atMs.nullable(),
    review_at_ms: atMs.nullable(),
    on_owner_unreachable: z.enum(['open', 'closed']),
    reason: z.string(),
  }),
  model_policy: z.strictObject({
    id,
    scope: anyScope,
    environments: z.array(z.string()),
    allowed_models: z.array(z.string()),
  }),
  rate_rule: z.strictObject({
    id,
    scope: anyScope,
    environments: z.array(z.string()),
    max_rps: z.number().positive(),
    expires_at_ms: atMs.nullable(),
    set_by: z.string().nullable(),
  }),
  block: z.strictObject({
    id,
    scope: anyScope,
    reason: z.string(),
    expires_at_ms: atMs.nullable(),
    set_by: z.string().nullable(),
  }),
} as const satisfies { readonly [K in keyof LimitEntities]: z.ZodType<LimitEntities[K]> }
