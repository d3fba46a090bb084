import { describe, expect, test } from 'vitest'

import type { Grant } from './ledger-entities.ts'
import { correctEntry } from './correct-entry.ts'
import { drawLots } from './draw-order.ts'
import { expireGrants } from './expire-grants.ts'
import { grantCredits } from './grant-credits.ts'
import { allocation, LedgerWorld } from './ledger-world.test-data.ts'

const GRANT = {
  id: 'g',
  pool: 'central',
  kind: 'purchase',
  credits_micro: 100,
  priority: 1,
  expires_at_ms: null,
  reference: 'INV-1',
} as const

describe('grants are drawn by priority, then earliest expiry, then age', () => {
  const grant = (id: string, changes: Partial<Grant>): [string, Grant] => [
    id,
    { ...GRANT, id, granted_at_ms: 0, ...changes },
  ]
  const grants = new Map([
    grant('late-priority', { priority: 2, expires_at_ms: 1 }),
    grant('never', { granted_at_ms: 5 }),
    grant('never-older', { granted_at_ms: 4 }),
    grant('soon', { expires_at_ms: 10, granted_at_ms: 9 }),
    grant('later', { expires_at_ms: 20 }),
  ])
  const lots = new Map([...grants.keys()].map((id) => [id, 10]))

  test('in that order, the last one in part', () => {
    expect(drawLots(lots, 45, grants)).toEqual([
      { grant: 'soon', amountMicro: 10 },
      { grant: 'later', amountMicro: 10 },
      { grant: 'never-older', amountMicro: 10 },
      { grant: 'never', amountMicro: 10 },
      { grant: 'late-priority', amountMicro: 5 },
    ])
  })

  test('what they do not hold comes from none, and credits of no grant come last', () => {
    expect(
      drawLots(
        new Map([
          ['', 3],
          ['never', 10],
        ]),
        20,
        grants,
      ),
    ).toEqual([
      { grant: 'never', amountMicro: 10 },
      { grant: '', amountMicro: 10 },
    ])
  })
})

describe('a grant', () => {
  test('puts its credits into the pool, and goes back out where it expires', () => {
    const world = new LedgerWorld('2026-11-02T12:00:00Z')
    const expires_at_ms = world.nowMs + 1_000
    world.decide(grantCredits(world.view, { ...GRANT, expires_at_ms }, world.head()))
    expect(world.view.ledger.lots('pool:central')).toEqual(new Map([['g', 100]]))
    world.nowMs = expires_at_ms - 1
    expect(world.decide(expireGrants(world.view, world.head()))).toEqual([])
    world.nowMs = expires_at_ms
    world.decide(expireGrants(world.view, world.head()))
    expect(world.view.ledger.balanceMicro('pool:central')).toBe(0)
    expect(world.view.ledger.balanceMicro('expired:central')).toBe(100)
    expect(world.decide(expireGrants(world.view, world.head()))).toEqual([])
  })

  test('that is over when an allocation gives credits of it back expires with them, before anybody is given them', () => {
    const world = new LedgerWorld('2026-11-02T12:00:00Z')
    const payments = { id: 'payments', scope: 'billing_group:payments', reserve_credits_micro: 0 } as const
    const expires_at_ms = world.nowMs + 1_000
    world.decide(grantCredits(world.view, { ...GRANT, expires_at_ms }, world.head()))
    world.apply([allocation({ ...payments, monthly_credits_micro: 80 })])
    world.due()
    expect(world.view.ledger.balanceMicro('allocation:payments')).toBe(80)
    world.nowMs = expires_at_ms
    world.apply([allocation({ ...payments, monthly_credits_micro: 30 })])
    world.due()
    expect(world.view.ledger.balanceMicro('allocation:payments')).toBe(30)
    expect(world.view.ledger.balanceMicro('expired:central')).toBe(70)
    expect(world.view.ledger.balanceMicro('pool:central')).toBe(0)
    expect(world.due()).toEqual([])
  })

  test('that is over still pays for a month that is not closed, and expires when that is', () => {
    const world = new LedgerWorld('2026-11-20T12:00:00Z')
    const expires_at_ms = Date.parse('2026-12-02T12:00:00Z')
    world.decide(grantCredits(world.view, { ...GRANT, expires_at_ms }, world.head()))
    world.apply([allocation({ id: 'payments', scope: 'billing_group:payments', monthly_credits_micro: 40 })])
    world.due()
    world.nowMs = expires_at_ms
    expect(world.decide(expireGrants(world.view, world.head()))).toEqual([])
    world.spend(['billing_group:payments'], 90, Date.parse('2026-11-25T12:00:00Z'))
    world.due()
    expect(world.view.ledger.balanceMicro('expired:central')).toBe(10)
    expect(world.view.ledger.balanceMicro('pool:central')).toBe(0)
    expect(world.due()).toEqual([])
  })

  test.each([
    ['already_exists', { id: 'known' }, 'id'],
    ['not_found', { pool: 'nowhere' }, 'pool'],
    ['invalid', { credits_micro: 0 }, 'credits_micro'],
    ['invalid', { credits_micro: 0.5 }, 'credits_micro'],
    ['invalid', { expires_at_ms: 0 }, 'expires_at_ms'],
  ])('is refused with %s for %o', (code, changes, field) => {
    const world = new LedgerWorld('2026-11-02T12:00:00Z')
    world.decide(grantCredits(world.view, { ...GRANT, id: 'known' }, world.head()))
    expect(grantCredits(world.view, { ...GRANT, ...changes }, world.head())).toMatchObject({
      ok: false,
      refusal: { code, field },
    })
  })

  test('given by mistake is taken back once, also when its credits have gone on; the pool owes them then', () => {
    const world = new LedgerWorld('2026-11-02T12:00:00Z', allocation({ monthly_credits_micro: 80 }))
    world.decide(grantCredits(world.view, GRANT, world.head()))
    world.due()
    expect(world.view.ledger.balanceMicro('allocation:bg-payments')).toBe(80)
    const mistake = { entry: 'grant:g', reason: 'wrong customer' }
    world.decide(correctEntry(world.view, mistake, world.head()))
    expect(world.view.ledger.balanceMicro('pool:central')).toBe(-80)
    expect(correctEntry(world.view, mistake, world.head())).toMatchObject({
      refusal: { code: 'already_corrected' },
    })
    expect(
      correctEntry(world.view, { ...mistake, entry: 'allocation:bg-payments:2026-11' }, world.head()),
    ).toMatchObject({
      refusal: { code: 'not_correctable' },
    })
    // The next grant pays the debt first.
    world.decide(grantCredits(world.view, { ...GRANT, id: 'g2' }, world.head()))
    expect(world.view.ledger.lots('pool:central')).toEqual(new Map([['g2', 20]]))
  })
})
