import { describe, expect, test } from 'vitest'

import type { Allocation } from '../organization/organization.ts'
import { dueChanges } from '../requests/due-changes.ts'
import { grantCredits } from './grant-credits.ts'
import { allocation, LedgerWorld } from './ledger-world.test-data.ts'
import { CLOSE_WAIT_MS, rollPeriod } from './roll-period.ts'

const GROUP = 'billing_group:payments'
const CHECKOUT = 'department:checkout'

function world(at: string, granted: number, ...allocations: readonly Partial<Allocation>[]): LedgerWorld {
  const made = new LedgerWorld(at, ...allocations.map((changes) => allocation(changes)))
  const grant = {
    id: 'g',
    pool: 'central',
    kind: 'purchase',
    credits_micro: granted,
    priority: 1,
    expires_at_ms: null,
    reference: '',
  } as const
  made.decide(grantCredits(made.view, grant, made.head()))
  made.due()
  return made
}

const held = (of: LedgerWorld, id: string): number => of.view.ledger.balanceMicro(`allocation:${id}`)
const limit = (of: LedgerWorld, id: string, month = '2026-11'): number | undefined =>
  of.view.entities.allocation_period.get(`${id}:${month}`)?.limit_micro

const GROUP_OF = { id: 'group', scope: GROUP, monthly_credits_micro: 1_000 } as const
const BELOW = { id: 'below', scope: CHECKOUT, monthly_credits_micro: 400 } as const

describe('a month begins', () => {
  test('with the monthly credits, the reserve held back; below another allocation, out of that one', () => {
    const it = world('2026-11-02T12:00:00Z', 5_000, { ...GROUP_OF, reserve_credits_micro: 100 }, { ...BELOW })
    expect(it.view.ledger.balanceMicro('pool:central')).toBe(4_000)
    expect(it.view.ledger.balanceMicro('reserve:group')).toBe(100)
    expect([held(it, 'group'), held(it, 'below')]).toEqual([500, 400])
    // What is spent below counts above, too, so the limit above includes it.
    expect([limit(it, 'group'), limit(it, 'below')]).toEqual([900, 400])
  })

  test('where the pool has too little, with the same share of it for all; the rest is given as soon as it is there', () => {
    const others = { id: 'other', scope: 'team:risk', monthly_credits_micro: 500 } as const
    const it = world('2026-11-02T12:00:00Z', 600, { ...BELOW, monthly_credits_micro: 1_000 }, others)
    expect([held(it, 'below'), held(it, 'other')]).toEqual([400, 200])
    const more = {
      id: 'g2',
      pool: 'central',
      kind: 'purchase',
      credits_micro: 1_000,
      priority: 1,
      expires_at_ms: null,
      reference: '',
    } as const
    it.decide(grantCredits(it.view, more, it.head()))
    it.due()
    expect([held(it, 'below'), held(it, 'other')]).toEqual([1_000, 500])
    expect(it.view.ledger.balanceMicro('pool:central')).toBe(100)
  })

  test('without a pool there is no ledger: budgets are the monthly credits', () => {
    const it = new LedgerWorld('2026-11-02T12:00:00Z', allocation({}))
    it.apply([{ kind: 'pool', id: 'central', type: 'removed' }])
    expect(it.due()).toEqual([])
  })

  test('somebody’s own allocation is a cap alone: that spend is in the teams already', () => {
    const it = world('2026-11-02T12:00:00Z', 5_000, { id: 'ada', scope: 'user:ada' })
    expect(it.view.entities.allocation_period.size).toBe(0)
  })
})

describe('a month ends', () => {
  test('with the draw-down of what each spent itself, which sums to what burn says of the top', () => {
    const it = world('2026-11-02T12:00:00Z', 5_000, GROUP_OF, BELOW)
    it.spend([GROUP, CHECKOUT], 150)
    it.spend([GROUP], 80)
    it.due('2026-12-01T12:00:00Z')
    expect(it.view.ledger.balanceMicro('spent:below')).toBe(150)
    expect(it.view.ledger.balanceMicro('spent:group')).toBe(80)
    expect(it.view.ledger.balanceMicro('pool:central')).toBe(5_000 - 230 - 1_000)
  })

  test.each([
    ['return', { rollover: 0.25 }, { carried: 250, pool: 650, expired: 0 }],
    ['expire', { rollover: 0.25, rollover_rest: 'expire' }, { carried: 250, pool: 0, expired: 650 }],
    ['no rollover', { rollover: 0 }, { carried: 0, pool: 900, expired: 0 }],
    ['all', { rollover: 1 }, { carried: 900, pool: 0, expired: 0 }],
  ] as const)('%s: what stays is at most the rule’s share of the allocation', (_name, rule, expected) => {
    const it = world('2026-11-02T12:00:00Z', 2_000, { ...GROUP_OF, ...rule })
    it.spend([GROUP], 100)
    it.due('2026-12-01T12:00:00Z')
    expect(held(it, 'group')).toBe(1_000 + expected.carried)
    expect(it.view.ledger.balanceMicro('pool:central')).toBe(expected.pool)
    expect(it.view.ledger.balanceMicro('expired:group')).toBe(expected.expired)
  })

  test('of fractional shares the millionth that is not whole is not kept', () => {
    const it = world('2026-11-02T12:00:00Z', 3_000, {
      ...GROUP_OF,
      monthly_credits_micro: 999,
      rollover: 0.1,
    })
    it.due('2026-12-01T12:00:00Z')
    expect(held(it, 'group')).toBe(999 + 99)
  })

  test('what was spent above the allocation, the source pays: the one above, and the pool at last', () => {
    const it = world('2026-11-02T12:00:00Z', 5_000, GROUP_OF, BELOW)
    it.spend([GROUP, CHECKOUT], 1_100)
    it.due('2026-12-01T12:00:00Z')
    const overages = [...it.view.entities.ledger_entry.values()].filter(({ kind }) => kind === 'overage')
    const paid = overages.map(({ postings }) => {
      const source = postings[0]?.account
      const of = postings.filter(({ account }) => account === source)
      return [source, of.reduce((sum, { amount_micro }) => sum + amount_micro, 0)]
    })
    expect(paid).toEqual([
      ['allocation:group', -700],
      ['pool:central', -100],
    ])
    expect(it.sumOfAccounts()).toBe(0)
    expect(it.view.ledger.balanceMicro('pool:central')).toBe(5_000 - 1_100 - 1_000)
  })

  test('burn is waited for: a roll before it has passed the end would miss the last minutes', () => {
    const it = world('2026-11-02T12:00:00Z', 5_000, GROUP_OF)
    const end = Date.parse('2026-11-30T23:00:00Z')
    it.nowMs = end - 5_000
    it.spend([GROUP], 10)
    const late = it.totals()
    const due = (atMs: number) => {
      it.nowMs = atMs
      return dueChanges(it.view, late, it.head()).length
    }
    expect(due(end + 1_000)).toBe(0)
    expect(due(end + CLOSE_WAIT_MS - 1)).toBe(0)
    expect(due(end + CLOSE_WAIT_MS)).toBeGreaterThan(0)
  })

  test('not before it is over, and once', () => {
    const it = world('2026-11-02T12:00:00Z', 5_000, GROUP_OF)
    const roll = () => rollPeriod(it.view, { month: '2026-11', totals: it.totals() }, it.head())
    expect(roll()).toMatchObject({ refusal: { code: 'period_not_over' } })
    it.nowMs = Date.parse('2026-12-01T00:00:00Z')
    expect(it.decide(roll()).length).toBeGreaterThan(0)
    expect(it.decide(roll())).toEqual([])
  })

  test('three months that nobody rolled are rolled one after the other', () => {
    const it = world('2026-11-02T12:00:00Z', 10_000, { ...GROUP_OF, rollover: 1 })
    it.due('2027-02-02T12:00:00Z')
    expect(held(it, 'group')).toBe(2_000)
    expect(limit(it, 'group', '2027-02')).toBe(2_000)
  })
})

describe('allocations change within a month', () => {
  test('a larger sum is given at once; of a smaller one what is spent already stays', () => {
    const it = world('2026-11-02T12:00:00Z', 5_000, GROUP_OF)
    it.apply([allocation({ ...GROUP_OF, monthly_credits_micro: 1_500 })])
    it.due()
    expect(limit(it, 'group')).toBe(1_500)
    it.spend([GROUP], 700)
    it.apply([allocation({ ...GROUP_OF, monthly_credits_micro: 300 })])
    it.due()
    expect(limit(it, 'group')).toBe(700)
    it.due('2026-12-01T12:00:00Z')
    expect(limit(it, 'group', '2026-12')).toBe(300)
    expect(it.view.ledger.balanceMicro('pool:central')).toBe(5_000 - 700 - 300)
  })

  test('an allocation that comes above another pays for it from then on, and no spend is drawn twice', () => {
    const it = world('2026-11-02T12:00:00Z', 5_000, BELOW)
    it.spend([GROUP, CHECKOUT], 150)
    it.spend([GROUP], 50)
    it.apply([allocation(GROUP_OF)])
    it.due()
    expect([held(it, 'group'), held(it, 'below'), it.view.ledger.balanceMicro('pool:central')]).toEqual([
      600, 400, 4_000,
    ])
    it.due('2026-12-01T12:00:00Z')
    expect([it.view.ledger.balanceMicro('spent:group'), it.view.ledger.balanceMicro('spent:below')]).toEqual([
      50, 150,
    ])
  })

  test('an allocation that is gone is drawn down at the end of its month, and leaves nothing behind', () => {
    const it = world('2026-11-02T12:00:00Z', 5_000, { ...GROUP_OF, rollover: 1 })
    it.apply([{ kind: 'allocation', id: 'group', type: 'removed' }])
    it.spend([GROUP], 120)
    it.due('2026-12-01T12:00:00Z')
    expect(held(it, 'group')).toBe(0)
    expect(it.view.ledger.balanceMicro('pool:central')).toBe(4_880)
    // Late spend of it is the pool's to pay.
    it.spend([GROUP], 5, Date.parse('2026-11-20T12:00:00Z'))
    it.due()
    expect([held(it, 'group'), it.view.ledger.balanceMicro('pool:central')]).toEqual([0, 4_875])
  })
})
