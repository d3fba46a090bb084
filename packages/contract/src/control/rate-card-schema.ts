import { z } from 'zod'

import { creditAmount, entityId, text } from './file-fields.ts'

const rateEntry = z.strictObject({
  provider: text,
  /** Exact names, or a prefix that ends in `*`. */
  models: z.array(text).min(1, 'name at least one model'),
  tier: text.default('standard'),
  from_context_tokens: z.int().min(0).default(0),
  effective_from: z.union([
    z.iso.datetime({ offset: true }),
    z.iso.date('a date such as 2026-11-01, or a time with zone such as 2026-11-01T00:00:00Z'),
  ]),
  /** Meter to credits per million units. */
  credits_per_million: z.record(text, creditAmount),
})

/** Rates of one's own, which stand before the shipped card. */
export const rateCard = z.strictObject({
  id: entityId,
  version: z.int().min(1),
  usd_per_credit: z.number().positive().max(1_000).default(0.01),
  entries: z.array(rateEntry).min(1, 'a rate card needs at least one entry'),
})

export type RateCardEntry = z.output<typeof rateCard>
