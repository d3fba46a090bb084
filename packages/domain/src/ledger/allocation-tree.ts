import { placesOf } from '../access/covers.ts'
import type { Allocation } from '../organization/organization.ts'
import type { OrganizationView, SpendView } from '../organization/organization-view.ts'
import { scopeKind, type ScopeId } from '../scope/scope.ts'
import type { LedgerAccount } from './ledger-entities.ts'

/** An allocation with credits of its own, and where they come from. */
export interface FundedAllocation {
  readonly allocation: Allocation
  /** The nearest allocation above it; `undefined` right below the pool. */
  readonly parent: Allocation | undefined
  readonly source: LedgerAccount
  /** The pool at the root. */
  readonly pool: string
}

/**
 * The allocations that the ledger keeps credits for, those above before those below. All of them have a place in the hierarchy, so
 * that what one spends is part of what the one above spends. Allocations of users are caps alone: somebody's spend is spread over
 * teams, and would be drawn twice; so is that of keys whose events say themselves whose they are. Empty without a pool, unless asked for.
 */
export function fundedAllocations(
  view: OrganizationView,
  allocations: ReadonlyMap<string, Allocation> = view.entities.allocation,
  { withoutPool = false } = {},
): FundedAllocation[] {
  if (view.entities.pool.size === 0 && !withoutPool) return []
  const byScope = new Map<ScopeId, Allocation>()
  for (const allocation of sortedById(allocations)) {
    if (isInHierarchy(view, allocation.scope) && !byScope.has(allocation.scope))
      byScope.set(allocation.scope, allocation)
  }
  const funded = new Map<string, FundedAllocation>()
  for (const allocation of byScope.values()) add(view, byScope, { allocation, funded })
  return [...funded.values()]
}

/** The allocation above, of those by scope. */
export function parentOf(
  view: OrganizationView,
  byScope: ReadonlyMap<ScopeId, Allocation>,
  { scope }: Allocation,
): Allocation | undefined {
  for (const place of placesOf(view, scope)) {
    const found = byScope.get(place)
    if (place !== scope && found !== undefined) return found
  }
  return undefined
}

/** With the ones above first. */
function add(
  view: OrganizationView,
  byScope: ReadonlyMap<ScopeId, Allocation>,
  { allocation, funded }: { allocation: Allocation; funded: Map<string, FundedAllocation> },
): FundedAllocation {
  const known = funded.get(allocation.id)
  if (known !== undefined) return known
  const parent = parentOf(view, byScope, allocation)
  const above = parent === undefined ? undefined : add(view, byScope, { allocation: parent, funded })
  const pool = above?.pool ?? poolOf(view, allocation)
  const entry: FundedAllocation = {
    allocation,
    parent,
    source: parent === undefined ? `pool:${pool}` : `allocation:${parent.id}`,
    pool,
  }
  funded.set(allocation.id, entry)
  return entry
}

function poolOf(view: OrganizationView, { pool }: Allocation): string {
  if (pool !== undefined && view.entities.pool.has(pool)) return pool
  return [...view.entities.pool.keys()].sort()[0] ?? ''
}

export function isInHierarchy(view: SpendView, scope: ScopeId): boolean {
  const kind = scopeKind(scope)
  if (kind === 'api_key') {
    return view.entities.api_key.get(scope.slice('api_key:'.length))?.labels_from === 'registry'
  }
  return LEVELS.has(kind)
}

const LEVELS: ReadonlySet<string> = new Set(['org', 'billing_group', 'department', 'team', 'project'])

function sortedById(allocations: ReadonlyMap<string, Allocation>): Allocation[] {
  return [...allocations.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}
