import { z } from 'zod'

import { contact, creditAmount, percent, text } from './file-fields.ts'

/** One row of the alert table (domain.md §6) as the organization file states it. */
export const alertTier = z.strictObject({
  severity: z.enum(['info', 'warning', 'critical', 'hard_cap']),
  basis: z.enum(['daily_forecast', 'monthly_allocation', 'month_over_month']),
  threshold_percent: percent.positive('must be above 0'),
  action: z
    .strictObject({ type: text, params: z.record(text, z.union([z.string(), z.number()])).default({}) })
    .nullable()
    .default(null),
  /** The allocation's contacts, when left out. */
  notify: z.array(contact).optional(),
  minimum_credits: creditAmount.default(0),
})

export type AlertTierEntry = z.output<typeof alertTier>
