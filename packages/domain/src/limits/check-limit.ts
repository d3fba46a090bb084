import type { Refusal } from '../control/control-event.ts'
import { credits } from '../control/refuse.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { scopeKind, type ScopeKind } from '../scope/scope.ts'
import { placesOf } from '../access/covers.ts'
import type { Limit } from './limit-entities.ts'

const SCOPES: Readonly<Record<Limit['level'], ReadonlySet<ScopeKind>>> = {
  workspace: new Set(['org']),
  group: new Set(['billing_group', 'department', 'team', 'project']),
  individual: new Set(['user', 'api_key']),
}

/** What stands against a limit, to be asked before it is put; `undefined`: nothing. */
export function limitProblem(view: OrganizationView, limit: Limit, atMs: number): Refusal | undefined {
  const { level, scope, soft_cap_micro: soft, hard_cap_micro: hard, expires_at_ms, review_at_ms } = limit
  if (!SCOPES[level].has(scopeKind(scope))) {
    const message = `a limit of level ${level} is for one of: ${[...SCOPES[level]].join(', ')}`
    return { code: 'invalid', message, field: 'scope' }
  }
  if (level === 'individual' && expires_at_ms === null && review_at_ms === null)
    return {
      code: 'invalid',
      message: 'an override expires, or is reviewed at a date',
      field: 'expires_at_ms',
      hint: 'give it expires_at or review_at, such as 2026-12-31',
    }
  if (expires_at_ms !== null && expires_at_ms <= atMs)
    return {
      code: 'invalid',
      message: 'the limit would be over already; give a time to come',
      field: 'expires_at_ms',
    }
  if (soft === null && hard === null)
    return {
      code: 'invalid',
      message: 'a limit has a soft cap, a hard cap, or both',
      field: 'hard_cap_micro',
    }
  if (soft !== null && hard !== null && soft > hard) {
    const message = `the soft cap of ${credits(soft)} is above the hard cap of ${credits(hard)}`
    return { code: 'invalid', message, field: 'soft_cap_micro' }
  }
  return aboveParent(view, limit)
}

/** A cap of a scope as a whole that is above the one of a scope around it would never be reached. */
function aboveParent(view: OrganizationView, limit: Limit): Refusal | undefined {
  const { id, scope, per, period, hard_cap_micro: hard } = limit
  if (hard === null || per !== 'scope' || limit.level === 'individual') return undefined
  const above = new Set(placesOf(view, scope).filter((place) => place !== scope))
  for (const other of view.entities.limit.values()) {
    if (other.id === id || other.per !== 'scope' || other.period !== period || !above.has(other.scope))
      continue
    if (other.hard_cap_micro === null || hard <= other.hard_cap_micro) continue
    const message = `${credits(hard)} is more than ${other.scope} may spend: ${credits(other.hard_cap_micro)} ("${other.id}")`
    const hint = 'give less, or raise that one too'
    return { code: 'exceeds_parent', message, field: 'hard_cap_micro', hint }
  }
  return undefined
}
