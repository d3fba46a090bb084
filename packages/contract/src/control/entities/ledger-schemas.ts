import type { LedgerAccount, LedgerEntities } from '@meterline/domain'
import { LEDGER_ENTRY_KINDS } from '@meterline/domain'
import { z } from 'zod'

import { anyScope, atMs, id, micros, month, signedMicros } from './entity-fields.ts'

const account = z.custom<LedgerAccount>(
  (value) => typeof value === 'string' && /^(outside|pool|allocation|reserve|spent|expired):.+$/.test(value),
  'an account is "<kind>:<id>"',
)

export const ledgerSchemas = {
  pool: z.strictObject({ id, name: z.string(), owner: z.string() }),
  grant: z.strictObject({
    id,
    pool: id,
    kind: z.enum(['purchase', 'top_up', 'promotion']),
    credits_micro: micros,
    priority: z.int(),
    granted_at_ms: atMs,
    expires_at_ms: atMs.nullable(),
    reference: z.string(),
  }),
  ledger_entry: z.strictObject({
    id,
    kind: z.enum(LEDGER_ENTRY_KINDS),
    at_ms: atMs,
    period: month,
    reason: z.string(),
    postings: z.array(
      z.strictObject({ account, amount_micro: signedMicros, grant: z.exactOptional(z.string()) }),
    ),
    links: z.record(z.string(), z.string()),
  }),
  allocation_period: z.strictObject({
    id,
    allocation: id,
    scope: anyScope,
    period: month,
    source: account,
    base_micro: micros,
    reserve_micro: micros,
    temporary_micro: micros,
    limit_micro: micros,
    state: z.enum(['open', 'closed']),
  }),
  conversion_rate: z.strictObject({
    id,
    currency: z.string(),
    currency_micro_per_credit: micros,
    effective_from_ms: atMs,
  }),
  gl_mapping: z.strictObject({ id, gl_account: z.string(), description: z.string() }),
} as const satisfies { readonly [K in keyof LedgerEntities]: z.ZodType<LedgerEntities[K]> }
