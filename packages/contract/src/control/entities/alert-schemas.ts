import type { AlertEntities } from '@meterline/domain'
import { z } from 'zod'

import { anyScope, atMs, id, micros, settings, severity } from './entity-fields.ts'

export const match = z.strictObject({
  severities: z.array(severity),
  rules: z.array(z.string()),
  scopes: z.array(anyScope),
  environments: z.array(z.string()),
})

export const alertSchemas = {
  alert_policy: z.strictObject({
    id,
    rule: z.string(),
    scope: anyScope,
    severity,
    params: settings,
    minimum_credits_micro: micros,
    notify: z.array(z.string()),
    enabled: z.boolean(),
  }),
  channel: z.strictObject({
    id,
    type: z.enum(['slack', 'email', 'webhook', 'pagerduty', 'alertmanager']),
    settings,
  }),
  alert_route: z.strictObject({
    id,
    position: z.int(),
    match,
    channels: z.array(z.string()),
    escalate_to: z.array(z.string()),
    group_by: z.array(z.enum(['allocation_id', 'scope', 'rule', 'severity'])),
    group_wait_ms: z.int().min(0),
    repeat_interval_ms: z.int().positive(),
    continue: z.boolean(),
  }),
  silence: z.strictObject({ id, match, starts_at_ms: atMs, ends_at_ms: atMs, comment: z.string() }),
  alert_mark: z.strictObject({
    id,
    state: z.enum(['acknowledged', 'resolved']),
    by: z.string(),
    at_ms: atMs,
    note: z.string(),
  }),
  release: z.strictObject({
    id,
    name: z.string(),
    scope: anyScope,
    day: z.iso.date(),
    expected_extra_credits_micro: z.int(),
  }),
} as const satisfies { readonly [K in keyof AlertEntities]: z.ZodType<AlertEntities[K]> }
