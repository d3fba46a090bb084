import type { AccessEntities } from '@meterline/domain'
import { ROLES } from '@meterline/domain'
import { z } from 'zod'

import { anyScope, atMs, id } from './entity-fields.ts'

const bindings = z.array(z.strictObject({ role: z.enum(ROLES), scope: anyScope }))
const status = z.enum(['active', 'disabled'])

export const accessSchemas = {
  user: z.strictObject({
    id,
    name: z.string(),
    email: z.string(),
    status,
    bindings,
    password_hash: z.string().nullable(),
    oidc_subject: z.string().nullable(),
    sessions_valid_from_ms: atMs,
  }),
  service_token: z.strictObject({
    id,
    name: z.string(),
    status,
    bindings,
    expires_at_ms: atMs.nullable(),
    secret_prefix: z.string(),
    secret_salt: z.string(),
    secret_hash: z.string(),
  }),
  label_policy: z.strictObject({
    id,
    label: z.string(),
    required: z.boolean(),
    allowed_values: z.array(z.string()),
  }),
} as const satisfies { readonly [K in keyof AccessEntities]: z.ZodType<AccessEntities[K]> }
