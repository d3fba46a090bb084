import { describe, expect, test } from 'vitest'

import type { Allocation } from '../organization/organization.ts'
import type { Limit } from './limit-entities.ts'
import { allocationProblem } from './check-allocations.ts'
import { limitProblem } from './check-limit.ts'
import { allocation, CREDIT, limit, sampleView } from './sample-view.test-data.ts'

describe('an allocation', () => {
  const problemOf = (changes: Partial<Allocation>, above: Partial<Allocation> = {}) => {
    const view = sampleView(
      allocation({
        id: 'above',
        monthly_credits_micro: 1_000 * CREDIT,
        reserve_credits_micro: 100 * CREDIT,
        ...above,
      }),
      allocation({ id: 'beside', scope: 'department:fraud', monthly_credits_micro: 600 * CREDIT }),
      allocation({ id: 'put', scope: 'department:checkout', ...changes }),
    )
    return allocationProblem(view, view.entities.allocation, 'put')
  }

  test('may have what the one above has left beside its reserve, and not a millionth more', () => {
    expect(problemOf({ monthly_credits_micro: 300 * CREDIT })).toBeUndefined()
    expect(problemOf({ monthly_credits_micro: 300 * CREDIT + 1 })).toEqual({
      code: 'exceeds_parent',
      field: 'monthly_credits_micro',
      about: { kind: 'allocation', id: 'put' },
      message:
        'the allocations below "above" would sum to 900.000001 credits; it has 1,000 credits, of which 100 credits are reserve, and the others have 600 credits',
      hint: 'ask for less, for more for "above" too, or say may_overcommit: true there',
    })
  })

  test('may have more where the policy says so', () => {
    expect(problemOf({ monthly_credits_micro: 9_000 * CREDIT }, { may_overcommit: true })).toBeUndefined()
  })

  test('may not become smaller than those below it', () => {
    const view = sampleView(
      allocation({ id: 'above', monthly_credits_micro: 500 * CREDIT }),
      allocation({ id: 'beside', scope: 'team:risk', monthly_credits_micro: 600 * CREDIT }),
    )
    expect(allocationProblem(view, view.entities.allocation, 'above')?.code).toBe('exceeds_parent')
  })

  test('holds back no more than it has, and draws on a pool that is there', () => {
    expect(problemOf({ monthly_credits_micro: 5, reserve_credits_micro: 6 })).toMatchObject({
      code: 'reserve_exceeds_allocation',
      field: 'reserve_credits_micro',
    })
    expect(problemOf({ monthly_credits_micro: 5, pool: 'nowhere' })).toMatchObject({
      code: 'not_found',
      field: 'pool',
    })
  })
})

describe('a limit', () => {
  const problemOf = (changes: Partial<Limit>) => {
    const view = sampleView(
      limit({ id: 'org', per: 'scope', hard_cap_micro: 1_000 * CREDIT }),
      limit({
        id: 'group',
        per: 'scope',
        level: 'group',
        scope: 'billing_group:payments',
        hard_cap_micro: 800 * CREDIT,
      }),
    )
    const change = limit(changes)
    if (change.type !== 'put' || change.kind !== 'limit') throw new Error('a limit is put')
    return limitProblem(view, change.data, 10)
  }

  test.each([
    [{ level: 'individual', scope: 'user:ada' }, 'expires_at_ms'],
    [{ expires_at_ms: 10 }, 'expires_at_ms'],
    [{ level: 'group' }, 'scope'],
    [{ level: 'individual', scope: 'team:risk', review_at_ms: 20 }, 'scope'],
    [{ hard_cap_micro: null }, 'hard_cap_micro'],
    [{ soft_cap_micro: 101 * CREDIT }, 'soft_cap_micro'],
    [{ per: 'scope', level: 'group', scope: 'team:risk', hard_cap_micro: 801 * CREDIT }, 'hard_cap_micro'],
  ] as const)('%o is refused for its %s', (changes, field) => {
    expect(problemOf(changes)).toMatchObject({ field })
  })

  test('says the figures where it is above the one around it', () => {
    const team = { per: 'scope', level: 'group', scope: 'team:risk', hard_cap_micro: 801 * CREDIT } as const
    expect(problemOf(team)?.message).toBe(
      '801 credits is more than billing_group:payments may spend: 800 credits ("group")',
    )
    expect(problemOf({ ...team, period: 'day' })).toBeUndefined()
    expect(problemOf({ ...team, hard_cap_micro: 800 * CREDIT })).toBeUndefined()
  })
})
