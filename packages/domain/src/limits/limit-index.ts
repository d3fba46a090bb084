import type { Allocation } from '../organization/organization.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import type { CreditRequest } from '../requests/request-entities.ts'
import type { ScopeId } from '../scope/scope.ts'
import type { Limit } from './limit-entities.ts'

/** Everything that may cap the spend of somebody, by the scope it is written for. */
export interface LimitIndex {
  readonly limits: ReadonlyMap<ScopeId, readonly Limit[]>
  readonly allocations: ReadonlyMap<ScopeId, readonly Allocation[]>
  /** Approved, ended or not, by whom they lift: a user, a key. */
  readonly boosts: ReadonlyMap<ScopeId, readonly CreditRequest[]>
}

const kept = new WeakMap<OrganizationView, { readonly offset: number; readonly index: LimitIndex }>()

/** Made once per state of the view: an authorization asks for it every time. */
export function limitIndexOf(view: OrganizationView): LimitIndex {
  const known = kept.get(view)
  if (known?.offset === view.offset) return known.index
  const index = {
    limits: byScope(view.entities.limit.values(), ({ scope }) => scope),
    allocations: byScope(view.entities.allocation.values(), ({ scope }) => scope),
    boosts: byScope(
      [...view.entities.request.values()].filter(
        ({ kind, state }) => kind === 'boost' && state === 'approved',
      ),
      ({ subject }) => subject,
    ),
  }
  kept.set(view, { offset: view.offset, index })
  return index
}

/** In the order of their ids: the order of the log says nothing. */
function byScope<T extends { readonly id: string }>(
  entries: Iterable<T>,
  scopeOf: (entry: T) => ScopeId,
): ReadonlyMap<ScopeId, readonly T[]> {
  return Map.groupBy(
    [...entries].sort((a, b) => (a.id < b.id ? -1 : 1)),
    scopeOf,
  )
}
