import type { Limit } from '../../limits/limit-entities.ts'
import { scopeId, scopeKind, type ScopeId, type ScopeKind } from '../../scope/scope.ts'
import type { BudgetPolicy, LimitBoost } from '../../spend/budget-policy.ts'

/** A limit that caps the spend of one scope. Caps in micro-credits, with the boosts in force. */
export interface ScopeLimit {
  readonly id: string
  readonly period: Limit['period']
  readonly soft_cap_micro: number | null
  readonly hard_cap_micro: number | null
}

/** A limit that somebody wanted to look at again at that time. */
export interface LimitReview {
  readonly limit: Limit
  readonly reviewAtMs: number
}

/** The limits of an organization, by what they cap. */
export class ScopeLimits {
  readonly #byScope: ReadonlyMap<ScopeId, readonly Limit[]>
  readonly #byMember: ReadonlyMap<ScopeId, readonly Limit[]>
  readonly #boosts: ReadonlyMap<ScopeId, readonly LimitBoost[]>
  readonly #workspace: readonly Limit[]
  readonly #reviews: readonly LimitReview[]

  constructor({ limits = [], limit_members = {}, boosts = [] }: BudgetPolicy) {
    this.#byScope = Map.groupBy(limits, ({ scope }) => scope)
    const members = limits.flatMap((limit) =>
      limit.per === 'scope'
        ? []
        : (limit_members[limit.id] ?? []).map((id) => ({
            scope: scopeId(limit.per as ScopeKind, id),
            limit,
          })),
    )
    this.#byMember = new Map(
      [...Map.groupBy(members, ({ scope }) => scope)].map(([scope, each]) => [
        scope,
        each.map(({ limit }) => limit),
      ]),
    )
    this.#reviews = limits
      .flatMap((limit) => (limit.review_at_ms === null ? [] : [{ limit, reviewAtMs: limit.review_at_ms }]))
      .sort((a, b) => a.reviewAtMs - b.reviewAtMs || (a.limit.id < b.limit.id ? -1 : 1))
    this.#workspace = limits.filter(({ level, per }) => level === 'workspace' && per !== 'scope')
    this.#boosts = Map.groupBy(boosts, ({ subject }) => subject)
  }

  /** Whether there is any limit for the scope, now or later: most scopes have none. */
  has(scope: ScopeId): boolean {
    const kind = scopeKind(scope)
    return (
      this.#byScope.has(scope) || this.#byMember.has(scope) || this.#workspace.some(({ per }) => per === kind)
    )
  }

  /**
   * The limits in force, by the same rules as `effectiveLimits`: for a user or a key the most specific of each period, for other
   * scopes those written for them.
   */
  of(scope: ScopeId, atMs: number): ScopeLimit[] {
    const kind = scopeKind(scope)
    const isIndividual = kind === 'user' || kind === 'api_key'
    const own = this.#byScope.get(scope) ?? []
    const ranked = isIndividual
      ? [
          own,
          ...byNearness(this.#byMember.get(scope) ?? []),
          this.#workspace.filter(({ per }) => per === kind),
        ]
      : [own.filter(({ per }) => per === 'scope')]
    return PERIODS.flatMap((period) => {
      for (const level of ranked) {
        const [limit] = level
          .filter((each) => each.period === period && (each.expires_at_ms ?? Infinity) > atMs)
          .sort(byPrecedence)
        if (limit !== undefined) return [this.#boosted(limit, scope, atMs)]
      }
      return []
    })
  }

  /** Those whose review date has come, the longest overdue first. One that has expired needs no review. */
  toReview(atMs: number): LimitReview[] {
    const end = this.#reviews.findIndex(({ reviewAtMs }) => reviewAtMs > atMs)
    return this.#reviews
      .slice(0, end === -1 ? this.#reviews.length : end)
      .filter(({ limit }) => (limit.expires_at_ms ?? Infinity) > atMs)
  }

  #boosted({ id, period, soft_cap_micro, hard_cap_micro }: Limit, scope: ScopeId, atMs: number): ScopeLimit {
    const boostMicro = (this.#boosts.get(scope) ?? [])
      .filter(({ ends_at_ms }) => atMs < ends_at_ms)
      .reduce((sum, { credits_micro }) => sum + credits_micro, 0)
    const raised = (capMicro: number | null) => (capMicro === null ? null : capMicro + boostMicro)
    return { id, period, soft_cap_micro: raised(soft_cap_micro), hard_cap_micro: raised(hard_cap_micro) }
  }
}

const PERIODS = ['day', 'month'] as const
const NEAREST_FIRST: readonly ScopeKind[] = ['project', 'team', 'department', 'billing_group', 'org']

function byNearness(limits: readonly Limit[]): Limit[][] {
  return NEAREST_FIRST.map((kind) => limits.filter(({ scope }) => scopeKind(scope) === kind))
}

/** A temporary one over a standing one, then the stricter one, then by id. */
function byPrecedence(a: Limit, b: Limit): number {
  return (
    compare(a.expires_at_ms, b.expires_at_ms) ||
    compare(a.hard_cap_micro, b.hard_cap_micro) ||
    (a.id < b.id ? -1 : 1)
  )
}

function compare(a: number | null, b: number | null): number {
  return a === b ? 0 : (a ?? Infinity) - (b ?? Infinity)
}
