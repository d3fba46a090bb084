import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { RoleBinding, User } from '../access/access-entities.ts'
import type { SpendAlert } from '../alerts/spend-alert.ts'
import type { ControlChange, Decision } from '../control/control-event.ts'
import { grantCredits } from '../ledger/grant-credits.ts'
import { allocation, CREDIT, LedgerWorld, limit, put } from '../ledger/ledger-world.test-data.ts'
import { approveRequest } from './approve-request.ts'
import { declineRequest, withdrawRequest } from './close-request.ts'
import { dueChanges } from './due-changes.ts'
import { followHardCap, incidentId, resolveIncident, stateCriticality, writePostMortem } from './incidents.ts'
import type { RequestInput } from './submit-request.ts'
import { ANSWER_WITHIN_MS, submitRequest } from './submit-request.ts'

const GROUP = 'billing_group:payments'
const PEOPLE = [
  person('fin', { role: 'finance', scope: GROUP }),
  person('fin2', { role: 'finance', scope: 'org:*' }),
  person('eng', { role: 'engineering_approver', scope: 'org:*' }),
  person('both', { role: 'finance', scope: 'org:*' }, { role: 'engineering_approver', scope: 'org:*' }),
  person(
    'far',
    { role: 'finance', scope: 'department:fraud' },
    { role: 'engineering_approver', scope: 'team:risk' },
  ),
  person('boss', { role: 'admin', scope: 'org:*' }),
  person('lead', { role: 'team_lead', scope: 'team:checkout-web' }),
  { ...person('gone', { role: 'finance', scope: 'org:*' }), status: 'disabled' as const },
]

function person(id: string, ...bindings: readonly RoleBinding[]): User {
  const email = `${id}@example.com`
  return {
    id,
    name: id,
    email,
    status: 'active',
    bindings,
    password_hash: null,
    oidc_subject: null,
    sessions_valid_from_ms: 0,
  }
}

function start(): LedgerWorld {
  const people = PEOPLE.map((user): ControlChange => put('user', user))
  const below = allocation({ id: 'web', scope: 'team:checkout-web', monthly_credits_micro: 300 * CREDIT })
  const it = new LedgerWorld(
    '2026-11-10T12:00:00Z',
    allocation({ reserve_credits_micro: 100 * CREDIT }),
    below,
    ...people,
  )
  const grant = {
    id: 'g',
    pool: 'central',
    kind: 'purchase',
    credits_micro: 1_500 * CREDIT,
    priority: 1,
    expires_at_ms: null,
    reference: '',
  } as const
  it.decide(grantCredits(it.view, grant, it.head()))
  it.due()
  return it
}

const TOP_UP = {
  id: 'r',
  kind: 'top_up',
  subject: 'allocation:bg-payments',
  credits_micro: 200 * CREDIT,
  description: 'a launch',
} as const

function ask(it: LedgerWorld, changes: Partial<RequestInput> = {}, by = 'user:ada'): Decision {
  return submitRequest(it.view, { ...TOP_UP, ...changes }, it.head(by))
}

const approve = (
  it: LedgerWorld,
  by: string,
  more: { side?: 'finance' | 'engineering'; ends_at_ms?: number } = {},
): Decision =>
  approveRequest(
    it.view,
    { input: { request: 'r', note: '', ...more }, totals: it.totals() },
    it.head(`user:${by}`),
  )

const code = (decision: Decision): string => (decision.ok ? 'ok' : decision.refusal.code)
const stateOf = (it: LedgerWorld): string | undefined => it.view.entities.request.get('r')?.state
const limitOf = (it: LedgerWorld, id = 'bg-payments'): number =>
  (it.view.entities.allocation_period.get(`${id}:2026-11`)?.limit_micro ?? 0) / CREDIT

describe('a top-up needs finance and engineering', () => {
  test('two people, in any order: the second yes moves the credits', () => {
    for (const [first, second] of [
      ['fin', 'eng'],
      ['eng', 'fin'],
    ] as const) {
      const it = start()
      it.decide(ask(it))
      it.decide(approve(it, first))
      expect([stateOf(it), limitOf(it)]).toEqual(['pending', 900])
      it.decide(approve(it, second))
      expect([stateOf(it), limitOf(it)]).toEqual(['approved', 1_100])
    }
  })

  test('somebody with both roles takes one side only', () => {
    const it = start()
    it.decide(ask(it))
    it.decide(approve(it, 'both', { side: 'engineering' }))
    expect(code(approve(it, 'both'))).toBe('separation_of_duties')
    expect(code(approve(it, 'eng'))).toBe('not_an_approver')
    it.decide(approve(it, 'fin2'))
    expect(stateOf(it)).toBe('approved')
  })

  test.each(['far', 'boss', 'lead', 'gone', 'nobody'])('%s cannot give it', (who) => {
    const it = start()
    it.decide(ask(it))
    expect(code(approve(it, who))).toBe('not_an_approver')
    expect(code(declineRequest(it.view, { request: 'r', reason: 'no' }, it.head(`user:${who}`)))).toBe(
      'not_an_approver',
    )
  })

  test('no machine can, whatever it is bound to', () => {
    const it = start()
    it.decide(ask(it))
    const decision = approveRequest(
      it.view,
      { input: { request: 'r', note: '' }, totals: it.totals() },
      it.head('token:admin'),
    )
    expect(code(decision)).toBe('not_an_approver')
  })

  test('the requester never does', () => {
    const it = start()
    it.decide(ask(it, {}, 'user:both'))
    expect(code(approve(it, 'both'))).toBe('separation_of_duties')
    expect(code(declineRequest(it.view, { request: 'r', reason: 'no' }, it.head('user:both')))).toBe(
      'not_an_approver',
    )
  })

  test('more than the pool has is refused with the figures, and nothing is approved', () => {
    const it = start()
    it.decide(ask(it, { credits_micro: 501 * CREDIT }))
    it.decide(approve(it, 'fin'))
    expect(approve(it, 'eng')).toEqual({
      ok: false,
      refusal: {
        code: 'pool_short',
        field: 'credits_micro',
        message: 'the pool "central" has 500 credits, 501 credits are asked for',
      },
    })
  })

  test('it ends with its period at the latest, and what is not spent goes back before', () => {
    const it = start()
    it.decide(ask(it))
    const tooLate = Date.parse('2026-11-30T23:00:00Z') + 1
    expect(code(approve(it, 'fin', { ends_at_ms: tooLate }))).toBe('invalid')
    it.decide(approve(it, 'fin', { ends_at_ms: Date.parse('2026-11-20T00:00:00Z') }))
    expect(code(approve(it, 'eng', { ends_at_ms: tooLate - 1 }))).toBe('conflict')
    it.decide(approve(it, 'eng'))
    // 800 without what the team below has: 50 of the top-up are left.
    it.spend([GROUP], 750 * CREDIT)
    it.due('2026-11-20T00:00:00Z')
    expect([stateOf(it), limitOf(it)]).toEqual(['ended', 1_050])
  })
})

test('a top-up that ends with its month lifts the cap until the month is closed: burn is still in it', () => {
  const it = start()
  it.decide(ask(it))
  it.decide(approve(it, 'fin'))
  it.decide(approve(it, 'eng'))
  const end = Date.parse('2026-11-30T23:00:00Z')
  it.nowMs = end - 1_000
  it.spend([GROUP], 950 * CREDIT)
  const before = it.totals()
  it.nowMs = end
  it.apply(dueChanges(it.view, before, it.head()))
  expect([stateOf(it), limitOf(it)]).toEqual(['approved', 1_100])
  it.due()
  expect([stateOf(it), limitOf(it), it.due()]).toEqual(['ended', 1_100, []])
  const back = [...it.view.entities.ledger_entry.values()].filter(({ kind }) => kind === 'return')
  expect(back.map(({ reason, postings }) => [reason, postings[1]?.amount_micro])).toContainEqual([
    'boosts and top-ups that were not used',
    150 * CREDIT,
  ])
})

test('of a top-up that is used up, and more, nothing goes back when it ends, and nothing more is given', () => {
  const it = start()
  it.decide(ask(it))
  it.decide(approve(it, 'fin', { ends_at_ms: Date.parse('2026-11-20T00:00:00Z') }))
  it.decide(approve(it, 'eng'))
  it.spend([GROUP], 850 * CREDIT)
  it.due('2026-11-20T00:00:00Z')
  expect([stateOf(it), limitOf(it)]).toEqual(['ended', 1_100])
})

test('what lifts the cap of an allocation needs both sides, also when it is asked for as a boost', () => {
  const it = start()
  it.decide(ask(it, { kind: 'boost' }))
  expect(code(approve(it, 'boss'))).toBe('not_an_approver')
  it.decide(approve(it, 'fin'))
  expect([stateOf(it), limitOf(it)]).toEqual(['pending', 900])
  it.decide(approve(it, 'eng'))
  expect([stateOf(it), limitOf(it)]).toEqual(['approved', 1_100])
})

describe('a draw on the reserve', () => {
  test('needs finance, moves it to what may be spent, and cannot be more than is held', () => {
    const it = start()
    it.decide(ask(it, { kind: 'reserve_draw', credits_micro: 60 * CREDIT }))
    expect(code(approve(it, 'eng'))).toBe('not_an_approver')
    it.decide(approve(it, 'fin'))
    expect([limitOf(it), it.view.ledger.balanceMicro('reserve:bg-payments')]).toEqual([960, 40 * CREDIT])
    it.decide(ask(it, { id: 'r2', kind: 'reserve_draw', credits_micro: 41 * CREDIT }))
    const second = { input: { request: 'r2', note: '' }, totals: it.totals() }
    expect(code(approveRequest(it.view, second, it.head('user:fin')))).toBe('reserve_short')
  })

  test('between the end of a month and its roll waits a moment: it would go to the month that is over', () => {
    const it = start()
    it.nowMs = Date.parse('2026-11-30T23:00:01Z')
    it.decide(ask(it, { kind: 'reserve_draw', credits_micro: CREDIT }))
    expect(code(approve(it, 'fin'))).toBe('period_not_rolled')
    it.due()
    expect(code(approve(it, 'fin'))).toBe('ok')
  })
})

describe('an allocation change', () => {
  const CHANGE = {
    kind: 'allocation_change',
    allocations: { 'bg-payments': 1_200 * CREDIT, web: 500 * CREDIT },
  } as const

  test('of several sums holds at once, when both sides have said yes', () => {
    const it = start()
    it.decide(ask(it, CHANGE))
    it.decide(approve(it, 'fin'))
    it.decide(approve(it, 'eng'))
    expect([limitOf(it), limitOf(it, 'web')]).toEqual([1_100, 500])
    expect(it.view.entities.allocation.get('web')?.monthly_credits_micro).toBe(500 * CREDIT)
  })

  test('that would exceed the one above is refused when it is asked for', () => {
    const it = start()
    const decision = ask(it, { ...CHANGE, allocations: { web: 901 * CREDIT } })
    expect(decision).toMatchObject({ refusal: { code: 'exceeds_parent', field: 'allocations.web' } })
  })

  test('that the pool cannot pay is refused when it is approved', () => {
    const it = start()
    it.decide(ask(it, { ...CHANGE, allocations: { 'bg-payments': 1_501 * CREDIT } }))
    it.decide(approve(it, 'fin'))
    expect(approve(it, 'eng')).toMatchObject({
      refusal: { code: 'pool_short', message: 'pool:central lacks 1 credits for "bg-payments" this month' },
    })
  })

  test('is for those who reach all of it', () => {
    const it = start()
    it.apply([allocation({ id: 'fraud', scope: 'department:fraud', monthly_credits_micro: CREDIT })])
    it.decide(ask(it, { ...CHANGE, subject: 'department:fraud', allocations: { fraud: 2 * CREDIT, web: 1 } }))
    expect(code(approve(it, 'far'))).toBe('not_an_approver')
    expect(code(approve(it, 'fin'))).toBe('ok')
  })
})

describe('a request', () => {
  test.each([
    [{ description: ' ' }, 'description'],
    [{ credits_micro: 0 }, 'credits_micro'],
    [{ subject: 'allocation:none' }, 'subject'],
    [{ subject: 'user:ada' }, 'subject'],
    [{ answer_by_ms: 0 }, 'answer_by_ms'],
    [{ ends_at_ms: 1 }, 'ends_at_ms'],
    [{ incident: 'none' }, 'incident'],
    [{ kind: 'reserve_draw', ends_at_ms: Date.parse('2026-11-11T00:00:00Z') }, 'ends_at_ms'],
  ] as const)('with %o is refused for its %s', (changes, field) => {
    const it = start()
    expect(ask(it, changes)).toMatchObject({ ok: false, refusal: { field } })
  })

  test('that nobody answers expires by itself, at its time', () => {
    const it = start()
    it.decide(ask(it))
    it.nowMs += ANSWER_WITHIN_MS - 1
    it.due()
    expect(stateOf(it)).toBe('pending')
    it.nowMs += 1
    expect(code(approve(it, 'fin'))).toBe('wrong_state')
    it.due()
    expect(stateOf(it)).toBe('expired')
  })

  test('is taken back by the one who asked, and by nobody else', () => {
    const it = start()
    it.decide(ask(it))
    expect(code(withdrawRequest(it.view, { request: 'r' }, it.head('user:fin')))).toBe('not_the_requester')
    it.decide(withdrawRequest(it.view, { request: 'r' }, it.head('user:ada')))
    expect([stateOf(it), code(approve(it, 'fin'))]).toEqual(['withdrawn', 'wrong_state'])
  })

  test('is declined with a reason', () => {
    const it = start()
    it.decide(ask(it))
    expect(code(declineRequest(it.view, { request: 'r', reason: '' }, it.head('user:eng')))).toBe('invalid')
    it.decide(declineRequest(it.view, { request: 'r', reason: 'not this month' }, it.head('user:eng')))
    expect(it.view.entities.request.get('r')).toMatchObject({
      state: 'declined',
      declined: { by: 'user:eng', reason: 'not this month' },
    })
  })

  test('of a user is for whoever leads the user, and has to have an end', () => {
    const it = start()
    it.apply([put('user', person('ada', { role: 'viewer', scope: 'team:checkout-web' }))])
    it.decide(ask(it, { kind: 'boost', subject: 'user:ada', credits_micro: 5 }))
    expect(code(approve(it, 'far'))).toBe('not_an_approver')
    expect(code(approve(it, 'lead'))).toBe('invalid')
    it.decide(approve(it, 'lead', { ends_at_ms: it.nowMs + 1_000 }))
    expect(stateOf(it)).toBe('approved')
    it.nowMs += 1_000
    it.due()
    expect(stateOf(it)).toBe('ended')
  })

  test('however it is answered, it is carried out only with both sides, by two others than the requester', () => {
    const who = fc.constantFrom(...PEOPLE.map(({ id }) => id), 'ada')
    fc.assert(
      fc.property(who, fc.array(who, { maxLength: 8 }), (requester, approvers) => {
        const it = start()
        it.decide(ask(it, {}, `user:${requester}`))
        for (const by of approvers) {
          const decision = approve(it, by)
          if (decision.ok) it.apply(decision.changes)
        }
        const request = it.view.entities.request.get('r')
        const by = new Set(request?.approvals.map((approval) => approval.by))
        const sides = new Set(request?.approvals.map(({ side }) => side))
        expect(by.has(`user:${requester}`)).toBe(false)
        expect(by.size).toBe(request?.approvals.length)
        expect(request?.state === 'approved').toBe(sides.has('finance') && sides.has('engineering'))
        expect(limitOf(it)).toBe(request?.state === 'approved' ? 1_100 : 900)
      }),
    )
  })
})

test('an override of a limit that has expired is cleared away', () => {
  const it = start()
  it.apply([limit({ id: 'over', level: 'individual', scope: 'user:ada', expires_at_ms: it.nowMs + 1 })])
  expect(it.due()).toEqual([])
  it.nowMs += 1
  expect(it.due()).toEqual([{ kind: 'limit', id: 'over', type: 'removed' }])
})

describe('an incident', () => {
  const ALERT = {
    id: 'a',
    severity: 'hard_cap',
    state: 'firing',
    allocation_id: 'bg-payments',
    period: '2026-11',
    observed: 1.003,
  } as SpendAlert
  const incident = incidentId('a')
  const opened = (): LedgerWorld => {
    const it = start()
    it.decide(followHardCap(it.view, ALERT, it.head('system:control')))
    return it
  }
  const now = (it: LedgerWorld) => it.view.entities.incident.get(incident)

  test('opens once, by a hard cap that fires, and by nothing else', () => {
    const it = start()
    for (const other of [{ severity: 'critical' }, { state: 'resolved' }, { allocation_id: null }] as const)
      expect(it.decide(followHardCap(it.view, { ...ALERT, ...other }, it.head()))).toEqual([])
    it.decide(followHardCap(it.view, ALERT, it.head('system:control')))
    expect(it.decide(followHardCap(it.view, ALERT, it.head('system:control')))).toEqual([])
    expect(now(it)?.timeline.map(({ what }) => what)).toEqual([
      'opened: 100.3 % of what "bg-payments" may spend is spent',
    ])
  })

  test('takes a top-up only after an engineering lead has stated the criticality, and is open again when it is declined', () => {
    const it = opened()
    expect(code(ask(it, { incident }))).toBe('wrong_state')
    const stated = { incident, criticality: 'checkout' }
    expect(code(stateCriticality(it.view, stated, it.head('user:fin')))).toBe('not_an_approver')
    it.decide(stateCriticality(it.view, stated, it.head('user:eng')))
    it.decide(ask(it, { incident }))
    expect(now(it)).toMatchObject({ state: 'awaiting_approval', request: 'r' })
    expect(code(resolveIncident(it.view, { incident, reason: 'x' }, it.head('user:eng')))).toBe('wrong_state')
    it.decide(declineRequest(it.view, { request: 'r', reason: 'wait for December' }, it.head('user:fin')))
    expect(now(it)).toMatchObject({ state: 'open', request: null })
    it.decide(resolveIncident(it.view, { incident, reason: 'we wait' }, it.head('user:fin')))
    expect(now(it)?.state).toBe('resolved')
  })

  test('gets its post-mortem when it is resolved, not before, and is over then', () => {
    const it = opened()
    const note = { incident, note: 'a loop' }
    expect(code(writePostMortem(it.view, note, it.head('user:eng')))).toBe('wrong_state')
    it.decide(followHardCap(it.view, { ...ALERT, state: 'resolved' }, it.head('system:control')))
    it.decide(writePostMortem(it.view, note, it.head('user:eng')))
    expect(now(it)).toMatchObject({ state: 'reviewed', post_mortem: 'a loop' })
    expect(code(writePostMortem(it.view, note, it.head('user:eng')))).toBe('wrong_state')
  })

  test('that nobody answered ends with its period', () => {
    const it = opened()
    it.due('2026-12-01T12:00:00Z')
    expect(now(it)?.state).toBe('resolved')
  })
})
