import type { Refusal } from '../control/control-event.ts'
import { credits } from '../control/refuse.ts'
import { fundedAllocations } from '../ledger/allocation-tree.ts'
import type { FundedAllocation } from '../ledger/allocation-tree.ts'
import type { Allocation } from '../organization/organization.ts'
import type { OrganizationView } from '../organization/organization-view.ts'

/**
 * What stands against an allocation as it would be among all others: the sums below one may not exceed it, and a reserve not the
 * allocation, unless the one above says `may_overcommit`. `undefined`: nothing. To be asked before an allocation is put.
 */
export function allocationProblem(
  view: OrganizationView,
  allocations: ReadonlyMap<string, Allocation>,
  id: string,
): Refusal | undefined {
  return allocationProblems(view, allocations, [id])[0]
}

/** The same of several, in their order, each with the allocation that it is about. */
export function allocationProblems(
  view: OrganizationView,
  allocations: ReadonlyMap<string, Allocation>,
  ids: readonly string[],
): readonly (Refusal & Required<Pick<Refusal, 'about'>>)[] {
  const entries = fundedAllocations(view, allocations, { withoutPool: true })
  const tree: Tree = {
    byId: new Map(entries.map((entry) => [entry.allocation.id, entry])),
    below: Map.groupBy(entries, ({ parent }) => parent?.id),
  }
  return ids.flatMap((id) => {
    const allocation = allocations.get(id)
    const problem = allocation && problemOf(view, tree, allocation)
    return problem === undefined ? [] : [{ ...problem, about: { kind: 'allocation', id } as const }]
  })
}

interface Tree {
  readonly byId: ReadonlyMap<string, FundedAllocation>
  readonly below: ReadonlyMap<string | undefined, readonly FundedAllocation[]>
}

function problemOf(view: OrganizationView, tree: Tree, allocation: Allocation): Refusal | undefined {
  const { monthly_credits_micro: monthly, reserve_credits_micro: reserve } = allocation
  if (!Number.isSafeInteger(monthly) || monthly < 0)
    return {
      code: 'invalid',
      message: 'monthly credits are a sum of credits',
      field: 'monthly_credits_micro',
    }
  if (reserve > monthly) {
    const message = `the reserve of ${credits(reserve)} is more than the allocation of ${credits(monthly)}`
    return { code: 'reserve_exceeds_allocation', message, field: 'reserve_credits_micro' }
  }
  if (allocation.pool !== undefined && !view.entities.pool.has(allocation.pool))
    return { code: 'not_found', message: `there is no pool "${allocation.pool}"`, field: 'pool' }
  const entry = tree.byId.get(allocation.id)
  return entry && (exceeded(tree, entry.parent, allocation) ?? exceeded(tree, allocation, undefined))
}

/** `changed`: which of those below is being put; `undefined` when it is the one above. */
function exceeded(
  tree: Tree,
  parent: Allocation | undefined,
  changed: Allocation | undefined,
): Refusal | undefined {
  if (parent === undefined || parent.may_overcommit === true) return undefined
  const below = tree.below.get(parent.id) ?? []
  const sum = below.reduce((total, { allocation }) => total + allocation.monthly_credits_micro, 0)
  if (
    sum <=
    parent.monthly_credits_micro - Math.min(parent.reserve_credits_micro, parent.monthly_credits_micro)
  )
    return undefined
  const held = credits(parent.reserve_credits_micro)
  const message =
    `the allocations below "${parent.id}" would sum to ${credits(sum)}; it has ${credits(parent.monthly_credits_micro)}, ` +
    `of which ${held} are reserve` +
    (changed === undefined ? '' : `, and the others have ${credits(sum - changed.monthly_credits_micro)}`)
  const hint = `ask for less, for more for "${parent.id}" too, or say may_overcommit: true there`
  return { code: 'exceeds_parent', message, field: 'monthly_credits_micro', hint }
}
