import { splitByWeights } from '../ledger/largest-remainder.ts'
import { shareOf } from '../ledger/share-of.ts'

/** How a monthly sum is to be split over allocations (domain.md §3). Shares are 0 to 1, growth is 1.1 for 10 % more. */
export type AllocationMethod =
  | { readonly method: 'flat' }
  | {
      readonly method: 'usage_weighted'
      /** Credits spent in a past span, and the growth expected of it, by allocation. */
      readonly usage: Readonly<Record<string, { readonly credits_micro: number; readonly growth: number }>>
    }
  | {
      readonly method: 'business_value'
      /** Projected revenue or savings, in millionths of any one unit, by allocation. */
      readonly value_micro: Readonly<Record<string, number>>
    }
  | {
      readonly method: 'hybrid'
      /** Held back centrally, for experiments; the rest is split by the other method. */
      readonly central_share: number
      readonly rest: Exclude<AllocationMethod, { readonly method: 'hybrid' }>
    }

export interface ProposedAllocation {
  readonly allocation: string
  /** What it has been weighed by, in the method's own unit. */
  readonly weight: number
  /** Of all weights, for people to read; the sums are split exactly. */
  readonly share: number
  readonly monthly_credits_micro: number
}

export interface AllocationProposal {
  readonly method: AllocationMethod['method']
  readonly total_micro: number
  /** Of the hybrid method; else 0. */
  readonly central_micro: number
  readonly allocations: readonly ProposedAllocation[]
}

/**
 * Splits a monthly sum over allocations by a method. The parts and what is held back centrally sum to the total exactly; what does not
 * divide goes to the largest remainders. It is a proposal: an approved `allocation_change` applies it (`changesOf`).
 * Throws RangeError for a figure that is negative or no safe integer.
 */
export function proposeAllocations(
  method: AllocationMethod,
  { totalMicro, allocations }: { readonly totalMicro: number; readonly allocations: readonly string[] },
): AllocationProposal {
  checked(totalMicro, 'the total')
  const isHybrid = method.method === 'hybrid'
  const central = isHybrid ? shareOf(totalMicro, method.central_share) : 0
  const weights = weightsOf(isHybrid ? method.rest : method, allocations)
  const parts = splitByWeights(totalMicro - central, weights)
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return {
    method: method.method,
    total_micro: totalMicro,
    central_micro: central,
    allocations: allocations.map((allocation, index) => ({
      allocation,
      weight: weights[index] ?? 0,
      share: sum === 0 ? 1 / allocations.length : (weights[index] ?? 0) / sum,
      monthly_credits_micro: parts[index] ?? 0,
    })),
  }
}

/** As an `allocation_change` request carries it. */
export function changesOf({ allocations }: AllocationProposal): Readonly<Record<string, number>> {
  return Object.fromEntries(allocations.map((each) => [each.allocation, each.monthly_credits_micro]))
}

function weightsOf(
  method: Exclude<AllocationMethod, { readonly method: 'hybrid' }>,
  allocations: readonly string[],
): number[] {
  switch (method.method) {
    case 'flat':
      return allocations.map(() => 1)
    case 'usage_weighted':
      return allocations.map((id) => {
        const { credits_micro = 0, growth = 1 } = method.usage[id] ?? {}
        return shareOf(checked(credits_micro, `the usage of "${id}"`), checkedShare(growth, id))
      })
    case 'business_value':
      return allocations.map((id) => checked(method.value_micro[id] ?? 0, `the value of "${id}"`))
  }
}

function checked(micro: number, what: string): number {
  if (!Number.isSafeInteger(micro) || micro < 0) throw new RangeError(`${what} is no sum of micro-units`)
  return micro
}

function checkedShare(growth: number, id: string): number {
  if (!(growth >= 0 && growth <= 1_000)) throw new RangeError(`the growth of "${id}" is none`)
  return growth
}
