import type { Role } from '../access/access-entities.ts'
import { covers } from '../access/covers.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import type { ScopeId } from '../scope/scope.ts'
import type { ApprovalSide, CreditRequest, RequestKind } from './request-entities.ts'

/** Who has to say yes to what: each side once, by different people, none of them the one who asks (domain.md §6). */
export const SIDES_NEEDED: Readonly<Record<RequestKind, readonly ApprovalSide[]>> = {
  boost: ['owner'],
  reserve_draw: ['finance'],
  allocation_change: ['finance', 'engineering'],
  top_up: ['finance', 'engineering'],
}

const ROLES_OF: Readonly<Record<ApprovalSide, ReadonlySet<Role>>> = {
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

/** Everything that a request touches: whoever approves it must reach all of it. */
export function scopesOfRequest(request: Pick<CreditRequest, 'subject' | 'allocations'>): ScopeId[] {
  return [
    request.subject,
    ...Object.keys(request.allocations ?? {})
      .sort()
      .map((id): ScopeId => `allocation:${id}`),
  ]
}

/** The sides that are still to be taken. */
export function sidesMissing({ kind, approvals }: Pick<CreditRequest, 'kind' | 'approvals'>): ApprovalSide[] {
  const taken = new Set(approvals.map(({ side }) => side))
  return SIDES_NEEDED[kind].filter((side) => !taken.has(side))
}
