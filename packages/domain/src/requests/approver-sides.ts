import type { Role } from '../access/access-entities.ts'
import { covers } from '../access/covers.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { scopeKind, type ScopeId } from '../scope/scope.ts'
import { asksOf } from './allocation-terms.ts'
import type { ApprovalSide, CreditRequest } from './request-entities.ts'

const BOTH: readonly ApprovalSide[] = ['finance', 'engineering']

/**
 * Who has to say yes to what: each side once, by different people, none of them the one who asks (domain.md §6). A person's boost
 * lifts that person's cap, and whoever leads them may grant it; a reserve is the allocation's own, and needs finance. What takes
 * credits from the pool, or lifts the cap of an allocation with them, needs both sides, whatever it is called.
 */
export function sidesNeeded({
  kind,
  subject,
}: Pick<CreditRequest, 'kind' | 'subject'>): readonly ApprovalSide[] {
  switch (kind) {
    case 'boost':
      return scopeKind(subject) === 'allocation' ? BOTH : ['owner']
    case 'reserve_draw':
      return ['finance']
    case 'allocation_change':
    case 'top_up':
      return BOTH
  }
}

/** Who can say yes for a side. */
export const ROLES_OF: Readonly<Record<ApprovalSide, ReadonlySet<Role>>> = {
  finance: new Set(['finance']),
  engineering: new Set(['engineering_approver']),
  owner: new Set(['team_lead', 'finance', 'engineering_approver', 'admin']),
}

/** The sides that an actor can take for all of these scopes: by a person's own roles over them. No machine approves anything. */
export function sidesOf(
  view: OrganizationView,
  actor: string,
  scopes: readonly ScopeId[],
): ReadonlySet<ApprovalSide> {
  const user = actor.startsWith('user:') ? view.entities.user.get(actor.slice('user:'.length)) : undefined
  if (user?.status !== 'active') return new Set()
  const reaches = (side: ApprovalSide, scope: ScopeId): boolean =>
    user.bindings.some((binding) => ROLES_OF[side].has(binding.role) && covers(view, binding.scope, scope))
  return new Set(
    (['finance', 'engineering', 'owner'] as const).filter((side) =>
      scopes.every((scope) => reaches(side, scope)),
    ),
  )
}

/** Who can still say yes to a request, for each side that is missing: user ids. Empty where nobody has the role. */
export function approversOf(
  view: OrganizationView,
  request: CreditRequest,
): readonly { readonly side: ApprovalSide; readonly users: readonly string[] }[] {
  const taken = new Set([request.requested_by, ...request.approvals.map(({ by }) => by)])
  const sides = [...view.entities.user.keys()]
    .filter((id) => !taken.has(`user:${id}`))
    .map((id) => ({ id, open: sidesOf(view, `user:${id}`, scopesOfRequest(request)) }))
  return sidesMissing(request).map((side) => ({
    side,
    users: sides.filter(({ open }) => open.has(side)).map(({ id }) => id),
  }))
}

/** Everything that a request touches: whoever approves it must reach all of it. */
export function scopesOfRequest(
  request: Pick<CreditRequest, 'subject' | 'allocations' | 'allocation_terms' | 'removed_allocations'>,
): ScopeId[] {
  return [request.subject, ...[...asksOf(request).keys()].map((id): ScopeId => `allocation:${id}`)]
}

/** The sides that are still to be taken. */
export function sidesMissing(request: Pick<CreditRequest, 'kind' | 'subject' | 'approvals'>): ApprovalSide[] {
  const taken = new Set(request.approvals.map(({ side }) => side))
  return sidesNeeded(request).filter((side) => !taken.has(side))
}
