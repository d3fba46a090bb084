import type { ActionEntities } from '@meterline/domain'
import { ACTION_TYPES } from '@meterline/domain'
import { z } from 'zod'

import { anyScope, atMs, id, settings } from './entity-fields.ts'

const type = z.enum(ACTION_TYPES)

export const actionSchemas = {
  action_run: z.strictObject({
    id,
    type,
    target: z.enum(['gateway', 'control', 'openai', 'anthropic', 'ticket']),
    scope: anyScope,
    params: settings,
    alert_id: z.string().nullable(),
    dry_run: z.boolean(),
    state: z.enum(['planned', 'approved', 'running', 'done', 'failed', 'undoing', 'undone']),
    approved_by: z.string().nullable(),
    result: z.string(),
    started_at_ms: atMs,
    undo: settings.nullable(),
  }),
  action_policy: z.strictObject({ id, scope: anyScope, automatic: z.array(type), dry_run: z.boolean() }),
} as const satisfies { readonly [K in keyof ActionEntities]: z.ZodType<ActionEntities[K]> }
