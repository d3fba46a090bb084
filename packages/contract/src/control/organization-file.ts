import { z } from 'zod'

import { alertTier } from './alert-tier-schema.ts'
import { allocationEntry } from './allocation-entry.ts'
import { entityId, text } from './file-fields.ts'
import { keyEntry } from './key-entry.ts'
import { rateCard } from './rate-card-schema.ts'
import { furtherSections } from './resources/further-sections.ts'

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

/**
 * The organization file (YAML): everything Meterline has to be told, in one reviewable place. Credits are whole credits here.
 * A section that is there is the whole truth about its kind; of a section that is not there, nothing is touched.
 */
export const organizationFile = z.strictObject({
  organization: z.strictObject({
    id: entityId,
    name: text,
    reporting_time_zone: text.default('UTC'),
    unattributed: z.enum(['reject', 'accept']).default('reject'),
  }),
  billing_groups: z.array(billingGroup).optional(),
  keys: z.array(keyEntry).optional(),
  /** For every allocation that states none of its own. */
  alert_tiers: z.array(alertTier).optional(),
  allocations: z.array(allocationEntry).optional(),
  rate_cards: z.array(rateCard).optional(),
  ...furtherSections,
})

export type OrganizationFile = z.output<typeof organizationFile>
