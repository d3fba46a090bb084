import type { Refusal } from '../control/control-event.ts'
import type { Allocation } from '../organization/organization.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import type { AllocationTerms, CreditRequest } from './request-entities.ts'

const TERMS = ['monthly_credits_micro', 'reserve_credits_micro', 'rollover', 'hard_cap'] as const

/** What shall become of a standing allocation: other terms, or none at all. */
export type AllocationAsk = AllocationTerms | 'removal'

/** The terms in which a wanted allocation is not the one that stands. */
export function changedTerms(standing: Allocation, wanted: Allocation): AllocationTerms {
  return Object.fromEntries(
    TERMS.filter((term) => standing[term] !== wanted[term]).map((term) => [term, wanted[term]]),
  )
}

/** The wanted allocation as far as no approval is needed: on the terms that stand. */
export function onStandingTerms(standing: Allocation, wanted: Allocation): Allocation {
  const terms = Object.fromEntries(TERMS.map((term) => [term, standing[term]]))
  return onTerms(wanted, terms)
}

/** An allocation on other terms. The alert at the hard cap goes where the cap goes. */
export function onTerms(allocation: Allocation, terms: AllocationTerms): Allocation {
  const { hard_cap: cap } = { ...allocation, ...terms }
  const tiers = allocation.tiers.flatMap((tier) => {
    const isAtCap = tier.severity === 'hard_cap' && tier.threshold === allocation.hard_cap
    if (!isAtCap || cap === allocation.hard_cap) return [tier]
    return cap === null ? [] : [{ ...tier, threshold: cap }]
  })
  return { ...allocation, ...terms, tiers }
}

/** Why an allocation may not be put (or removed: `wanted` left out) without an approved request; `undefined` when it may. */
export function standingTermsProblem(
  view: OrganizationView,
  { id, wanted }: { readonly id: string; readonly wanted: Allocation | undefined },
): Refusal | undefined {
  const standing = view.entities.allocation.get(id)
  if (standing === undefined) return wanted && scopeTaken(view, wanted)
  if (wanted === undefined) return needsApproval(`the allocation "${id}" is removed`)
  if (standing.scope !== wanted.scope) {
    const message = `the allocation "${id}" stands for ${standing.scope}; give another scope an allocation of its own`
    return { code: 'another_scope', message, field: 'scope' }
  }
  const [term] = Object.keys(changedTerms(standing, wanted))
  if (term === undefined) return undefined
  return { ...needsApproval(`what may be spent under the allocation "${id}" is changed`), field: term }
}

/** A scope has one allocation; `undefined` when nothing else has this one's. */
export function scopeTaken(view: OrganizationView, { id, scope }: Allocation): Refusal | undefined {
  const other = [...view.entities.allocation.values()].find(
    (known) => known.scope === scope && known.id !== id,
  )
  if (other === undefined) return undefined
  const message = `${scope} already has the allocation "${other.id}"; a scope has one`
  return { code: 'scope_taken', message, field: 'scope' }
}

function needsApproval(what: string): Refusal {
  const way =
    'ask with a request of the kind allocation_change (POST /v1/requests), or apply a file: that opens one'
  return { code: 'needs_approval', message: `${what} only with a yes of finance and of engineering: ${way}` }
}

/** What a request asks of each allocation it names. */
export function asksOf({
  allocations = {},
  allocation_terms = {},
  removed_allocations = [],
}: Pick<CreditRequest, 'allocations' | 'allocation_terms' | 'removed_allocations'>): Map<
  string,
  AllocationAsk
> {
  const asks = new Map<string, AllocationAsk>()
  for (const [id, monthly] of Object.entries(allocations)) asks.set(id, { monthly_credits_micro: monthly })
  for (const [id, terms] of Object.entries(allocation_terms)) asks.set(id, { ...termsOf(asks, id), ...terms })
  for (const id of removed_allocations) asks.set(id, 'removal')
  return new Map([...asks].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function termsOf(asks: ReadonlyMap<string, AllocationAsk>, id: string): AllocationTerms {
  const ask = asks.get(id)
  return ask === undefined || ask === 'removal' ? {} : ask
}

/** The same the other way round: the fields of a request that asks this. */
export function fieldsOfAsks(
  asks: ReadonlyMap<string, AllocationAsk>,
): Pick<CreditRequest, 'allocations' | 'allocation_terms' | 'removed_allocations'> {
  const allocations: Record<string, number> = {}
  const allocation_terms: Record<string, Omit<AllocationTerms, 'monthly_credits_micro'>> = {}
  const removed_allocations: string[] = []
  for (const [id, ask] of asks) {
    if (ask === 'removal') {
      removed_allocations.push(id)
      continue
    }
    const { monthly_credits_micro: monthly, ...terms } = ask
    if (monthly !== undefined) allocations[id] = monthly
    if (Object.keys(terms).length > 0) allocation_terms[id] = terms
  }
  return {
    ...(Object.keys(allocations).length > 0 && { allocations }),
    ...(Object.keys(allocation_terms).length > 0 && { allocation_terms }),
    ...(removed_allocations.length > 0 && { removed_allocations }),
  }
}

/** Whether two asks come to the same. */
export function sameAsk(a: AllocationAsk | undefined, b: AllocationAsk | undefined): boolean {
  if (a === undefined || b === undefined || a === 'removal' || b === 'removal') return a === b
  return TERMS.every((term) => a[term] === b[term])
}
