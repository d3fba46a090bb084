import type { RateCard } from '../rates/rate-card.ts'
import type { ScopeId } from '../scope/scope.ts'
import type { Labels } from '../usage/usage-event.ts'

export interface OrganizationSettings {
  readonly id: string
  readonly name: string
  /** IANA name; days and months of every report and budget are its calendar's. */
  readonly reporting_time_zone: string
  /** What happens to an event that nobody can be named for. */
  readonly unattributed: 'reject' | 'accept'
}

export interface BillingGroup {
  readonly id: string
  readonly name: string
}

export interface Department {
  readonly id: string
  readonly name: string
  readonly billing_group: string
}

export interface Team {
  readonly id: string
  readonly name: string
  readonly department: string
  readonly cost_center: string
}

export interface Project {
  readonly id: string
  readonly name: string
  readonly team: string
  /** The team's, when left out. */
  readonly cost_center?: string
}

/** What is kept of a secret: its public part, and the salted hash that proves the rest. */
export interface KeptSecret {
  readonly secret_prefix: string
  /** Base64url. */
  readonly secret_salt: string
  /** Base64url of SHA-256(salt ‖ secret): the secrets are 256 random bits, so no slow hash is needed. */
  readonly secret_hash: string
}

/** A credential and who pays for what it does. The secret itself is known to its holder alone. */
export interface ApiKey extends KeptSecret {
  readonly id: string
  readonly project: string
  readonly environment: string
  /** `disabled` may become active again, `revoked` never. */
  readonly status: 'active' | 'disabled' | 'revoked'
  /** `registry`: this entry says who pays (method C). `event`: the labels on each event do (method A). */
  readonly labels_from: 'registry' | 'event'
  /** Further labels that every event of this key carries. */
  readonly labels: Labels
  readonly user_id?: string
  /** May state another `api_key_id` on its events (a proxy or a batch exporter). */
  readonly may_send_for_others: boolean
  readonly expires_at_ms?: number
  /** The secret before a rotation, which works beside the new one until then. */
  readonly former_secret?: KeptSecret & { readonly valid_until_ms: number }
}

/** What a budget crossing does, and when (domain.md §6). */
export interface AlertTier {
  readonly severity: 'info' | 'warning' | 'critical' | 'hard_cap'
  readonly basis: 'daily_forecast' | 'monthly_allocation' | 'month_over_month'
  /** 0.5 is 50 %. For `month_over_month` the rise: 0.2 is 20 % above the same span of last month. */
  readonly threshold: number
  readonly action: {
    readonly type: string
    readonly params: Readonly<Record<string, string | number>>
  } | null
  readonly notify: readonly string[]
  /** Below this absolute size the tier stays quiet. */
  readonly minimum_credits_micro: number
}

export interface Allocation {
  readonly id: string
  readonly scope: ScopeId
  readonly owner: string
  readonly monthly_credits_micro: number
  readonly reserve_credits_micro: number
  /** Share of the allocation that may roll over, 0 to 1. */
  readonly rollover: number
  /** Share of the allocation, 0.9 is 90 %; `null` where there is none. */
  readonly soft_cap: number | null
  readonly hard_cap: number | null
  readonly gl_account: string
  /** Empty: every model. */
  readonly approved_models: readonly string[]
  readonly contacts: readonly string[]
  readonly tiers: readonly AlertTier[]
  /** The pool it draws on, where no allocation above it does; left out: the organization's only one, or the first by id. */
  readonly pool?: string
  /** Where unspent credits above the rollover go at the end of a period; left out: back to where they came from. */
  readonly rollover_rest?: 'return' | 'expire'
  /** Whether the allocations below may sum to more than this one; left out: no. */
  readonly may_overcommit?: boolean
  /** What an authorization gets while the owner of the scope cannot be reached; left out: `open`. */
  readonly on_owner_unreachable?: 'open' | 'closed'
}

export interface OrganizationEntities {
  readonly organization: OrganizationSettings
  readonly billing_group: BillingGroup
  readonly department: Department
  readonly team: Team
  readonly project: Project
  readonly api_key: ApiKey
  readonly allocation: Allocation
  readonly rate_card: RateCard
}
