import { describe, expect, test } from 'vitest'

import { changesOf, proposeAllocations } from './propose-allocations.ts'

const THREE = ['payments', 'support', 'research'] as const
const sums = (proposal: ReturnType<typeof proposeAllocations>) =>
  proposal.allocations.map(({ monthly_credits_micro }) => monthly_credits_micro)

describe('a proposal shows its numbers, and splits the total exactly', () => {
  test('flat: the same for all', () => {
    const proposal = proposeAllocations({ method: 'flat' }, { totalMicro: 1_000_000, allocations: THREE })
    expect(sums(proposal)).toEqual([333_334, 333_333, 333_333])
    expect(proposal).toMatchObject({ method: 'flat', total_micro: 1_000_000, central_micro: 0 })
  })

  test('usage-weighted: past credits × expected growth', () => {
    const usage = {
      payments: { credits_micro: 400, growth: 1.5 },
      support: { credits_micro: 300, growth: 1 },
      research: { credits_micro: 100, growth: 1 },
    }
    const proposal = proposeAllocations(
      { method: 'usage_weighted', usage },
      { totalMicro: 5_000, allocations: THREE },
    )
    expect(proposal.allocations).toEqual([
      { allocation: 'payments', weight: 600, share: 0.6, monthly_credits_micro: 3_000 },
      { allocation: 'support', weight: 300, share: 0.3, monthly_credits_micro: 1_500 },
      { allocation: 'research', weight: 100, share: 0.1, monthly_credits_micro: 500 },
    ])
  })

  test('business value: by projected revenue or savings; what has none gets none', () => {
    const value_micro = { payments: 3_000_000, research: 1_000_000 }
    const proposal = proposeAllocations(
      { method: 'business_value', value_micro },
      { totalMicro: 1_001, allocations: THREE },
    )
    expect(sums(proposal)).toEqual([751, 0, 250])
  })

  test('hybrid: a central part for experiments, the rest by another method', () => {
    const method = { method: 'hybrid', central_share: 0.15, rest: { method: 'flat' } } as const
    const proposal = proposeAllocations(method, { totalMicro: 1_001, allocations: THREE })
    expect(proposal.central_micro).toBe(150)
    expect(sums(proposal)).toEqual([284, 284, 283])
    expect(changesOf(proposal)).toEqual({ payments: 284, support: 284, research: 283 })
  })

  test('a figure that is none is refused', () => {
    const usage = { payments: { credits_micro: -1, growth: 1 } }
    const of = { totalMicro: 1, allocations: THREE }
    expect(() => proposeAllocations({ method: 'usage_weighted', usage }, of)).toThrow(
      'the usage of "payments"',
    )
    expect(() => proposeAllocations({ method: 'flat' }, { ...of, totalMicro: 0.5 })).toThrow('the total')
  })
})
