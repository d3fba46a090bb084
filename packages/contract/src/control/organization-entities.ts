import type { AlertTier, Allocation, ApiKey, OrganizationEntities, RateCard } from '@meterline/domain'

import type { AlertTierEntry } from './alert-tier-schema.ts'
import { DEFAULT_ALERT_TIERS } from './default-alert-tiers.ts'
import { microOf } from './file-fields.ts'
import type { SecretProof } from './key-secret.ts'
import type { AllocationEntry, KeyEntry, OrganizationFile } from './organization-file.ts'
import type { RateCardEntry } from './rate-card-schema.ts'

/** A key as the file knows it: whose it is, without the proof of its secret. */
export type KeyDefinition = Omit<ApiKey, keyof SecretProof>

/** What the organization file speaks of, as the control log holds it: by kind and id. */
export type EntitySet = {
  readonly [K in keyof OrganizationEntities]: ReadonlyMap<string, OrganizationEntities[K]>
}

/** What the control log should hold according to an organization file. */
export type DesiredEntities = Omit<EntitySet, 'api_key'> & {
  readonly api_key: ReadonlyMap<string, KeyDefinition>
}

/** Flattens a parsed file into the entities of the control log; credits become micro-credits, percentages shares. */
export function organizationEntities(file: OrganizationFile): DesiredEntities {
  const groups = file.billing_groups
  const departments = groups.flatMap((group) => group.departments.map((entry) => ({ group, entry })))
  const teams = departments.flatMap(({ entry: parent }) => parent.teams.map((entry) => ({ parent, entry })))
  const projects = teams.flatMap(({ entry: parent }) => parent.projects.map((entry) => ({ parent, entry })))
  return {
    organization: byId([file.organization]),
    billing_group: byId(groups.map(({ id, name }) => ({ id, name }))),
    department: byId(
      departments.map(({ group, entry: { id, name } }) => ({ id, name, billing_group: group.id })),
    ),
    team: byId(
      teams.map(({ parent, entry: { id, name, cost_center } }) => ({
        id,
        name,
        department: parent.id,
        cost_center,
      })),
    ),
    project: byId(
      projects.map(({ parent, entry: { id, name, cost_center } }) => ({
        id,
        name,
        team: parent.id,
        ...(cost_center === undefined ? {} : { cost_center }),
      })),
    ),
    api_key: byId(file.keys.map(keyDefinition)),
    allocation: byId(file.allocations.map((entry) => allocation(entry, file.alert_tiers))),
    rate_card: byId(file.rate_cards.map(rateCard)),
  }
}

function byId<T extends { readonly id: string }>(entities: readonly T[]): ReadonlyMap<string, T> {
  return new Map(entities.map((entity) => [entity.id, entity]))
}

function keyDefinition(entry: KeyEntry): KeyDefinition {
  const { id, project, environment, status, labels_from, labels, may_send_for_others } = entry
  return {
    id,
    project,
    environment,
    status,
    labels_from,
    labels,
    may_send_for_others,
    ...(entry.user === undefined ? {} : { user_id: entry.user }),
    ...(entry.expires_at === undefined ? {} : { expires_at_ms: Date.parse(entry.expires_at) }),
  }
}

function allocation(entry: AllocationEntry, fileTiers: readonly AlertTierEntry[] | undefined): Allocation {
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
    tiers: tiers.map((tier) => alertTier(tier, entry.contacts)),
  }
}

/** Without a hard cap nothing blocks; a hard cap at 110 % blocks there. */
function defaultTiers({ hard_cap_percent: cap }: AllocationEntry): readonly AlertTierEntry[] {
  return DEFAULT_ALERT_TIERS.flatMap((tier) => {
    if (tier.severity !== 'hard_cap') return [tier]
    return cap === null || cap === 0 ? [] : [{ ...tier, threshold_percent: cap }]
  })
}

function alertTier(entry: AlertTierEntry, contacts: readonly string[]): AlertTier {
  return {
    severity: entry.severity,
    basis: entry.basis,
    threshold: share(entry.threshold_percent),
    action: entry.action,
    notify: entry.notify ?? contacts,
    minimum_credits_micro: microOf(entry.minimum_credits),
  }
}

function rateCard(entry: RateCardEntry): RateCard {
  return {
    id: entry.id,
    version: entry.version,
    usd_micro_per_credit: microOf(entry.usd_per_credit),
    entries: entry.entries.map(({ effective_from, credits_per_million, ...rest }) => ({
      ...rest,
      effective_from_ms: Date.parse(effective_from),
      rates: Object.fromEntries(
        Object.entries(credits_per_million).map(([meter, credits]) => [meter, microOf(credits)]),
      ),
    })),
  }
}

/** Percent of the file as a share; twelve places keep 14.4 % from becoming 0.14400000000000002. */
function share(percent: number): number {
  return Number((percent / 100).toFixed(12))
}
