import { z } from 'zod'

import { alertTier } from './alert-tier-schema.ts'
import { contact, creditAmount, entityId, label, percent, scopeReference, text } from './file-fields.ts'
import { rateCard } from './rate-card-schema.ts'

const key = z.strictObject({
  id: entityId,
  project: entityId,
  environment: label,
  /** `registry`: this file says who pays. `event`: the labels on each event do. */
  labels_from: z.enum(['registry', 'event']).default('registry'),
  labels: z.record(label, label).default({}),
  user: text.optional(),
  may_send_for_others: z.boolean().default(false),
  status: z.enum(['active', 'disabled']).default('active'),
  expires_at: z.iso.datetime({ offset: true }).optional(),
})

const project = z.strictObject({ id: entityId, name: text, cost_center: text.optional() })

const team = z.strictObject({
  id: entityId,
  name: text,
  cost_center: text,
  projects: z.array(project).default([]),
})

const department = z.strictObject({ id: entityId, name: text, teams: z.array(team).default([]) })

const billingGroup = z.strictObject({
  id: entityId,
  name: text,
  departments: z.array(department).default([]),
})

const allocation = z.strictObject({
  id: entityId,
  scope: scopeReference,
  owner: text,
  monthly_credits: creditAmount,
  reserve_credits: creditAmount.default(0),
  rollover_percent: percent.max(100, 'at most 100').default(0),
  soft_cap_percent: percent.nullable().default(90),
  hard_cap_percent: percent.nullable().default(100),
  gl_account: text,
  approved_models: z.array(text).default([]),
  contacts: z.array(contact).default([]),
  alert_tiers: z.array(alertTier).optional(),
})

/** The organization file (YAML): everything Meterline has to be told, in one reviewable place. Credits are whole credits here. */
export const organizationFile = z.strictObject({
  organization: z.strictObject({
    id: entityId,
    name: text,
    reporting_time_zone: text.default('UTC'),
    unattributed: z.enum(['reject', 'accept']).default('reject'),
  }),
  billing_groups: z.array(billingGroup).default([]),
  keys: z.array(key).default([]),
  /** For every allocation that states none of its own. */
  alert_tiers: z.array(alertTier).optional(),
  allocations: z.array(allocation).default([]),
  rate_cards: z.array(rateCard).default([]),
})

export type OrganizationFile = z.output<typeof organizationFile>
export type KeyEntry = OrganizationFile['keys'][number]
export type AllocationEntry = OrganizationFile['allocations'][number]
