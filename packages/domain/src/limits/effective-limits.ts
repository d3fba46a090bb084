import type { Allocation } from '../organization/organization.ts'
import type { OrganizationPath } from '../organization/organization-path.ts'
import { scopesOfPath } from '../organization/organization-path.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { reportingCalendar } from '../organization/reporting-calendar.ts'
import { monthAt } from '../ledger/month.ts'
import { capsOf, periodLimitMicro } from '../ledger/period-limit.ts'
import { scopeId, type ScopeId } from '../scope/scope.ts'
import type { Limit } from './limit-entities.ts'
import type { LimitIndex } from './limit-index.ts'
import { limitIndexOf } from './limit-index.ts'

/** Who wants to spend. `path` is that of the key (`pathOfKey`); `user` is `null` where nobody is named. */
export interface LimitSubject {
  readonly path: OrganizationPath
  readonly user: string | null
  readonly apiKey: string
}

/** One cap that holds for a subject at a time: the spend of `scope` in the running `period` is held against it. */
export interface EffectiveLimit {
  readonly source: 'limit' | 'allocation'
  /** Of the limit or the allocation. */
  readonly id: string
  readonly level: Limit['level'] | 'allocation'
  readonly scope: ScopeId
  readonly period: 'day' | 'month'
  /** With boosts in force. `null`: none. */
  readonly soft_cap_micro: number | null
  readonly hard_cap_micro: number | null
  /** What approved requests add for now; in both caps already. Of an allocation they are in what the ledger gave it. */
  readonly boost_micro: number
  readonly on_owner_unreachable: 'open' | 'closed'
  /** When the next one to end of this limit and its boosts does. */
  readonly changes_at_ms: number | null
  readonly resets_at_ms: number
}

/**
 * All caps that hold for a subject, from the individual up to the organization. An allocation caps its own scope, a limit `per: scope`
 * too, so all of those hold side by side. Of the limits for each user or each key the most specific wins: that of the user or key,
 * then of the project, team, department, billing group, then the workspace's. Day and month are apart.
 */
export function effectiveLimits(
  view: OrganizationView,
  subject: LimitSubject,
  atMs: number,
): readonly EffectiveLimit[] {
  const index = limitIndexOf(view)
  const groups = scopesOfPath(subject.path)
  const key = scopeId('api_key', subject.apiKey)
  const user = subject.user === null ? [] : [scopeId('user', subject.user)]
  const at: At = { view, index, atMs }
  return [
    ...PERIODS.flatMap((period) => [
      ...user.flatMap((scope) => ofIndividual(at, { scope, per: 'user', period, groups })),
      ...ofIndividual(at, { scope: key, per: 'api_key', period, groups }),
      ...groups.flatMap((scope) =>
        limitOf(
          at,
          scope,
          pick(at, scope, ({ per, period: of }) => per === 'scope' && of === period),
        ),
      ),
    ]),
    ...[...user, key, ...groups].flatMap((scope) =>
      (index.allocations.get(scope) ?? []).map((allocation) => ofAllocation(at, allocation)),
    ),
  ]
}

const PERIODS = ['day', 'month'] as const

interface At {
  readonly view: OrganizationView
  readonly index: LimitIndex
  readonly atMs: number
}

interface Individual {
  readonly scope: ScopeId
  readonly per: 'user' | 'api_key'
  readonly period: Limit['period']
  readonly groups: readonly ScopeId[]
}

function ofIndividual(at: At, { scope, per, period, groups }: Individual): EffectiveLimit[] {
  // Whatever an individual's limit says it is per, it caps the individual.
  const own = pick(at, scope, (limit) => limit.period === period)
  if (own !== undefined) return limitOf(at, scope, own)
  for (const group of groups) {
    const found = pick(at, group, (limit) => limit.per === per && limit.period === period)
    if (found !== undefined) return limitOf(at, scope, found)
  }
  return []
}

/** Of several for one scope: a temporary one over the standing one, then the stricter one. */
function pick({ index, atMs }: At, scope: ScopeId, fits: (limit: Limit) => boolean): Limit | undefined {
  const inForce = (index.limits.get(scope) ?? []).filter(
    (limit) => fits(limit) && (limit.expires_at_ms === null || atMs < limit.expires_at_ms),
  )
  return inForce.sort(
    (a, b) =>
      compare(a.expires_at_ms, b.expires_at_ms) ||
      compare(a.hard_cap_micro, b.hard_cap_micro) ||
      (a.id < b.id ? -1 : 1),
  )[0]
}

/** `null` is never, or without bound: last. */
function compare(a: number | null, b: number | null): number {
  if (a === b) return 0
  return (a ?? Infinity) - (b ?? Infinity)
}

function limitOf(at: At, scope: ScopeId, limit: Limit | undefined): EffectiveLimit[] {
  if (limit === undefined) return []
  const boosts = (at.index.boosts.get(scope) ?? []).filter(
    ({ ends_at_ms }) => ends_at_ms !== null && at.atMs < ends_at_ms,
  )
  const boostMicro = boosts.reduce((sum, { credits_micro }) => sum + credits_micro, 0)
  const ends = [limit.expires_at_ms, ...boosts.map(({ ends_at_ms }) => ends_at_ms)]
  return [
    {
      source: 'limit',
      id: limit.id,
      level: limit.level,
      scope,
      period: limit.period,
      soft_cap_micro: raised(limit.soft_cap_micro, boostMicro),
      hard_cap_micro: raised(limit.hard_cap_micro, boostMicro),
      boost_micro: boostMicro,
      on_owner_unreachable: limit.on_owner_unreachable,
      changes_at_ms: earliest(ends),
      resets_at_ms: resetsAtMs(at, limit.period),
    },
  ]
}

function ofAllocation(at: At, allocation: Allocation): EffectiveLimit {
  const { view, atMs } = at
  const limitMicro = periodLimitMicro(view, allocation, monthAt(reportingCalendar(view), atMs))
  return {
    source: 'allocation',
    id: allocation.id,
    level: 'allocation',
    scope: allocation.scope,
    period: 'month',
    ...capsOf(allocation, limitMicro),
    boost_micro: 0,
    on_owner_unreachable: allocation.on_owner_unreachable ?? 'open',
    changes_at_ms: null,
    resets_at_ms: resetsAtMs(at, 'month'),
  }
}

const raised = (capMicro: number | null, byMicro: number): number | null =>
  capMicro === null ? null : capMicro + byMicro

function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null)
  return known.length === 0 ? null : Math.min(...known)
}

function resetsAtMs({ view, atMs }: At, period: Limit['period']): number {
  const calendar = reportingCalendar(view)
  const today = calendar.day(atMs)
  return calendar.dayStartMs(period === 'day' ? today + 1 : calendar.monthStartDay(calendar.month(today) + 1))
}
