import type { AlertTier, Allocation } from '@meterline/domain'
import { z } from 'zod'

import { alertTier as alertTierEntry } from './alert-tier-schema.ts'
import type { AlertTierEntry } from './alert-tier-schema.ts'
import { DEFAULT_ALERT_TIERS } from './default-alert-tiers.ts'
import {
  contact,
  creditAmount,
  creditsOf,
  entityId,
  microOf,
  percent,
  percentOf,
  scopeReference,
  share,
  text,
} from './file-fields.ts'

/** An allocation as the organization file and the API write it: whole credits and percentages. */
export const allocationEntry = z.strictObject({
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
  /** Those of the file, else the default ones, when left out. */
  alert_tiers: z.array(alertTierEntry).optional(),
  /** Where its credits come from, unless an allocation above it gives them; the only pool, or the first by id, when left out. */
  pool: entityId.optional(),
  /** What becomes of unspent credits above the rollover: back to where they came from (so when left out), or gone. */
  rollover_rest: z.enum(['return', 'expire']).optional(),
  /** Whether the allocations below may sum to more than this one; no, when left out. */
  may_overcommit: z.boolean().optional(),
  /** What an authorization gets while the owner of the scope cannot be reached; `open`, when left out. */
  on_owner_unreachable: z.enum(['open', 'closed']).optional(),
})

export type AllocationEntry = z.output<typeof allocationEntry>

export function allocationOf(
  entry: AllocationEntry,
  fileTiers: readonly AlertTierEntry[] | undefined,
): Allocation {
  const tiers = entry.alert_tiers ?? fileTiers ?? defaultTiers(entry)
  return {
    id: entry.id,
    scope: entry.scope,
    owner: entry.owner,
    monthly_credits_micro: microOf(entry.monthly_credits),
    reserve_credits_micro: microOf(entry.reserve_credits),
    rollover: share(entry.rollover_percent),
    soft_cap: entry.soft_cap_percent === null ? null : share(entry.soft_cap_percent),
    hard_cap: entry.hard_cap_percent === null ? null : share(entry.hard_cap_percent),
    gl_account: entry.gl_account,
    approved_models: entry.approved_models,
    contacts: entry.contacts,
    tiers: tiers.map((tier) => tierOf(tier, entry.contacts)),
    ...creditRulesOf(entry),
  }
}

/** What a request may change beside the monthly credits, in the words of an entry. */
export const allocationTerms = z.strictObject({
  reserve_credits: creditAmount.optional(),
  rollover_percent: percent.max(100, 'at most 100').optional(),
  hard_cap_percent: percent.nullable().optional(),
})

export function termsOf(
  entry: z.output<typeof allocationTerms>,
): Partial<Pick<Allocation, 'reserve_credits_micro' | 'rollover' | 'hard_cap'>> {
  const { reserve_credits: reserve, rollover_percent: rollover, hard_cap_percent: cap } = entry
  return {
    ...(reserve !== undefined && { reserve_credits_micro: microOf(reserve) }),
    ...(rollover !== undefined && { rollover: share(rollover) }),
    ...(cap !== undefined && { hard_cap: cap === null ? null : share(cap) }),
  }
}

type CreditRules = Pick<Allocation, 'pool' | 'rollover_rest' | 'may_overcommit' | 'on_owner_unreachable'>

/** The same in both forms; what is left out in one is in the other. */
function creditRulesOf(of: { readonly [K in keyof CreditRules]: CreditRules[K] | undefined }): CreditRules {
  const { pool, rollover_rest, may_overcommit, on_owner_unreachable } = of
  return {
    ...(pool !== undefined && { pool }),
    ...(rollover_rest !== undefined && { rollover_rest }),
    ...(may_overcommit !== undefined && { may_overcommit }),
    ...(on_owner_unreachable !== undefined && { on_owner_unreachable }),
  }
}

/** Tiers are written out only where they are not the default ones. */
export function allocationEntryOf(allocation: Allocation): AllocationEntry {
  const entry: AllocationEntry = {
    id: allocation.id,
    scope: allocation.scope,
    owner: allocation.owner,
    monthly_credits: creditsOf(allocation.monthly_credits_micro),
    reserve_credits: creditsOf(allocation.reserve_credits_micro),
    rollover_percent: percentOf(allocation.rollover),
    soft_cap_percent: allocation.soft_cap === null ? null : percentOf(allocation.soft_cap),
    hard_cap_percent: allocation.hard_cap === null ? null : percentOf(allocation.hard_cap),
    gl_account: allocation.gl_account,
    approved_models: [...allocation.approved_models],
    contacts: [...allocation.contacts],
    ...creditRulesOf(allocation),
  }
  const byDefault = allocationOf(entry, undefined).tiers
  if (JSON.stringify(byDefault) === JSON.stringify(allocation.tiers)) return entry
  return { ...entry, alert_tiers: allocation.tiers.map((tier) => tierEntryOf(tier, allocation.contacts)) }
}

/** Without a hard cap nothing blocks; a hard cap at 110 % blocks there. */
function defaultTiers({ hard_cap_percent: cap }: AllocationEntry): readonly AlertTierEntry[] {
  return DEFAULT_ALERT_TIERS.flatMap((tier) => {
    if (tier.severity !== 'hard_cap') return [tier]
    return cap === null || cap === 0 ? [] : [{ ...tier, threshold_percent: cap }]
  })
}

function tierOf(entry: AlertTierEntry, contacts: readonly string[]): AlertTier {
  return {
    severity: entry.severity,
    basis: entry.basis,
    threshold: share(entry.threshold_percent),
    action: entry.action,
    notify: entry.notify ?? contacts,
    minimum_credits_micro: microOf(entry.minimum_credits),
  }
}

function tierEntryOf(tier: AlertTier, contacts: readonly string[]): AlertTierEntry {
  const notifiesContacts = JSON.stringify(tier.notify) === JSON.stringify(contacts)
  return {
    severity: tier.severity,
    basis: tier.basis,
    threshold_percent: percentOf(tier.threshold),
    action: tier.action === null ? null : { type: tier.action.type, params: { ...tier.action.params } },
    ...(notifiesContacts ? {} : { notify: [...tier.notify] }),
    minimum_credits: creditsOf(tier.minimum_credits_micro),
  }
}
