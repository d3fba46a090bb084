import type { ScopeId } from '../scope/scope.ts'

/** A cap on spend per period. The most specific one wins: individual, then group (nearest first), then workspace. */
export interface Limit {
  readonly id: string
  readonly level: 'workspace' | 'group' | 'individual'
  /** `org:` for the workspace, a level of the hierarchy for a group, `user:` or `api_key:` for an individual. */
  readonly scope: ScopeId
  /** Whom it caps: the scope as a whole, or each user or key below it. */
  readonly per: 'scope' | 'user' | 'api_key'
  readonly period: 'day' | 'month'
  readonly soft_cap_micro: number | null
  readonly hard_cap_micro: number | null
  /** An override ends by itself or is looked at again; at least one of the two is set on an individual limit. */
  readonly expires_at_ms: number | null
  readonly review_at_ms: number | null
  /** What an authorization gets while the owner of the scope cannot be reached. */
  readonly on_owner_unreachable: 'open' | 'closed'
  readonly reason: string
}

/** Which models may be called below a scope, in which environments. The most specific one wins. */
export interface ModelPolicy {
  readonly id: string
  readonly scope: ScopeId
  /** Empty: every environment. */
  readonly environments: readonly string[]
  /** Names or prefixes ending in `*`. */
  readonly allowed_models: readonly string[]
}

/** Requests per second; also what the action `rate_limit` sets. The lowest that applies holds. */
export interface RateRule {
  readonly id: string
  readonly scope: ScopeId
  /** Empty: every environment. `non-prod` means all but `prod`. */
  readonly environments: readonly string[]
  readonly max_rps: number
  readonly expires_at_ms: number | null
  /** The action run that set it, so that its undo finds it. */
  readonly set_by: string | null
}

/** Nothing of that scope is authorized while it stands: a hard cap, or a person's decision. */
export interface Block {
  readonly id: string
  readonly scope: ScopeId
  readonly reason: string
  readonly expires_at_ms: number | null
  readonly set_by: string | null
}

export interface LimitEntities {
  readonly limit: Limit
  readonly model_policy: ModelPolicy
  readonly rate_rule: RateRule
  readonly block: Block
}
