import type { RequestEntities } from '@meterline/domain'
import { z } from 'zod'

import { anyScope, atMs, id, micros, month } from './entity-fields.ts'

const terms = z.strictObject({
  reserve_credits_micro: z.exactOptional(micros),
  rollover: z.exactOptional(z.number().min(0).max(1)),
  hard_cap: z.exactOptional(z.number().nullable()),
})

const answer = z.strictObject({ by: z.string(), at_ms: atMs, reason: z.string() })

export const requestSchemas = {
  request: z.strictObject({
    id,
    kind: z.enum(['boost', 'allocation_change', 'top_up', 'reserve_draw']),
    requested_by: z.string(),
    requested_at_ms: atMs,
    subject: anyScope,
    credits_micro: micros,
    allocations: z.exactOptional(z.record(z.string(), micros)),
    allocation_terms: z.exactOptional(z.record(z.string(), terms)),
    removed_allocations: z.exactOptional(z.array(id)),
    description: z.string(),
    state: z.enum(['pending', 'approved', 'declined', 'expired', 'withdrawn', 'superseded', 'ended']),
    approvals: z.array(
      z.strictObject({
        by: z.string(),
        side: z.enum(['finance', 'engineering', 'owner']),
        at_ms: atMs,
        note: z.string(),
      }),
    ),
    declined: answer.nullable(),
    closed: z.exactOptional(answer),
    superseded_by: z.exactOptional(id),
    origin: z.exactOptional(z.enum(['file'])),
    answer_by_ms: atMs,
    ends_at_ms: atMs.nullable(),
    incident: z.string().nullable(),
  }),
  incident: z.strictObject({
    id,
    allocation: id,
    period: month,
    alert_id: z.string(),
    state: z.enum(['open', 'awaiting_approval', 'resolved', 'reviewed']),
    criticality: z.string().nullable(),
    request: z.string().nullable(),
    timeline: z.array(z.strictObject({ at_ms: atMs, by: z.string(), what: z.string() })),
    post_mortem: z.string().nullable(),
  }),
} as const satisfies { readonly [K in keyof RequestEntities]: z.ZodType<RequestEntities[K]> }
