import { beforeEach, describe, expect, test } from 'vitest'

import type { CommandHead, ControlChange, Decision } from '../control/control-event.ts'
import { createOrganizationView, foldControlEvent } from '../organization/organization-view.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import type { Allocation } from '../organization/organization.ts'
import { asksOf, changedTerms, onStandingTerms, onTerms, standingTermsProblem } from './allocation-terms.ts'
import { approveRequest } from './approve-request.ts'
import { askForAllocations } from './ask-for-allocations.ts'
import { submitRequest } from './submit-request.ts'

const CREDITS = 1_000_000
const STANDING: Allocation = {
  id: 'a',
  scope: 'team:t',
  owner: 'o',
  monthly_credits_micro: 100 * CREDITS,
  reserve_credits_micro: 10 * CREDITS,
  rollover: 0.1,
  soft_cap: 0.9,
  hard_cap: 1,
  gl_account: '1',
  approved_models: [],
  contacts: [],
  tiers: [tier('warning', 0.7), tier('hard_cap', 1)],
}

function tier(severity: 'warning' | 'hard_cap', threshold: number) {
  return {
    severity,
    basis: 'monthly_allocation' as const,
    threshold,
    action: null,
    notify: [],
    minimum_credits_micro: 0,
  }
}

let view: OrganizationView
let atMs = Date.parse('2026-11-21T04:00:00Z')
beforeEach(() => {
  view = createOrganizationView()
  atMs = Date.parse('2026-11-21T04:00:00Z')
  const organization = { id: 'o', name: 'O', reporting_time_zone: 'UTC', unattributed: 'reject' } as const
  fold([{ kind: 'organization', id: 'o', type: 'put', data: organization }])
  fold([{ kind: 'allocation', id: 'a', type: 'put', data: STANDING }])
  fold([person('fin', 'finance'), person('eng', 'engineering_approver')])
})

function person(id: string, role: 'finance' | 'engineering_approver'): ControlChange {
  const data = {
    id,
    name: id,
    email: `${id}@example.com`,
    status: 'active' as const,
    bindings: [{ role, scope: 'org:*' as const }],
    password_hash: null,
    oidc_subject: null,
    sessions_valid_from_ms: 0,
  }
  return { kind: 'user', id, type: 'put', data }
}

function fold(changes: readonly ControlChange[]): void {
  for (const change of changes) {
    const event = { schema: 1, command_id: 'c', at_ms: atMs, actor: 'x', ...change } as const
    foldControlEvent(view, event, view.offset + 1)
  }
}

const by = (actor: string): CommandHead => ({ commandId: 'c', atMs, actor })

function done(decision: Decision): readonly ControlChange[] {
  if (!decision.ok) throw new Error(decision.refusal.message)
  fold(decision.changes)
  return decision.changes
}

describe('a standing allocation', () => {
  test.each([
    ['more credits', { monthly_credits_micro: 200 * CREDITS }],
    ['fewer credits', { monthly_credits_micro: 50 * CREDITS }],
    ['a smaller reserve', { reserve_credits_micro: 0 }],
    ['another rollover', { rollover: 1 }],
    ['no hard cap', { hard_cap: null }],
  ])('needs an approval for %s', (_what, terms) => {
    const problem = standingTermsProblem(view, { id: 'a', wanted: { ...STANDING, ...terms } })
    expect(problem).toMatchObject({ code: 'needs_approval', field: Object.keys(terms)[0] })
    expect(problem?.message).toContain('POST /v1/requests')
  })

  test('is not removed without one, and keeps its scope', () => {
    expect(standingTermsProblem(view, { id: 'a', wanted: undefined })?.code).toBe('needs_approval')
    const elsewhere = { ...STANDING, scope: 'team:other' as const }
    expect(standingTermsProblem(view, { id: 'a', wanted: elsewhere })?.code).toBe('another_scope')
  })

  test('may have another owner, other contacts and tiers; the first one of a scope needs nobody, a second one is none', () => {
    const wanted = { ...STANDING, owner: 'n', contacts: ['#c'], soft_cap: 0.5, tiers: [] }
    expect(standingTermsProblem(view, { id: 'a', wanted })).toBeUndefined()
    const first = { ...STANDING, id: 'b', scope: 'team:b' as const }
    expect(standingTermsProblem(view, { id: 'b', wanted: first })).toBeUndefined()
    expect(standingTermsProblem(view, { id: 'b', wanted: { ...STANDING, id: 'b' } })?.code).toBe(
      'scope_taken',
    )
  })

  test('the alert at the hard cap goes where the cap goes, and what is wanted comes in two parts', () => {
    const wanted = onTerms({ ...STANDING, owner: 'n' }, { hard_cap: 1.2, monthly_credits_micro: 1 })
    expect(wanted.tiers.at(-1)?.threshold).toBe(1.2)
    expect(onTerms(STANDING, { hard_cap: null }).tiers).toHaveLength(1)
    expect(onStandingTerms(STANDING, wanted)).toEqual({ ...STANDING, owner: 'n' })
    expect(onTerms(onStandingTerms(STANDING, wanted), changedTerms(STANDING, wanted))).toEqual(wanted)
  })
})

describe('a file that wants other terms', () => {
  const asks = new Map([['a', { monthly_credits_micro: 200 * CREDITS, hard_cap: 1.5 }]])
  const ask = (id: string, wanted: Parameters<typeof askForAllocations>[1]['asks'] = asks) => {
    const asked = askForAllocations(view, { id, asks: wanted }, by('token:admin'))
    if (!asked.ok) throw new Error(asked.refusal.message)
    fold(asked.changes)
    return asked.waiting.map(({ request, ...rest }) => ({ request: request.id, ...rest }))
  }

  test('asks once, however often it is applied; two people make it so, and it asks no more', () => {
    expect(ask('r1')).toEqual([{ request: 'r1', isNew: true, allocations: ['a'] }])
    expect(ask('r2')).toEqual([{ request: 'r1', isNew: false, allocations: ['a'] }])
    expect(view.entities.request.size).toBe(1)
    const request = view.entities.request.get('r1')
    expect(request && asksOf(request)).toEqual(asks)

    const approve = (actor: string) =>
      approveRequest(view, { input: { request: 'r1', note: '' }, totals: new Map() }, by(actor))
    expect(approve('token:admin')).toMatchObject({ refusal: { code: 'separation_of_duties' } })
    done(approve('user:fin'))
    expect(view.entities.allocation.get('a')?.hard_cap).toBe(1)
    expect(approve('user:fin')).toMatchObject({ refusal: { code: 'separation_of_duties' } })
    done(approve('user:eng'))
    const after = view.entities.allocation.get('a')
    expect(after).toEqual(onTerms(STANDING, { monthly_credits_micro: 200 * CREDITS, hard_cap: 1.5 }))
  })

  const sum = (credits: number) => ({ monthly_credits_micro: credits * CREDITS })
  const standings = () =>
    [...view.entities.request.values()].map(({ id, state, superseded_by }) => [id, state, superseded_by])

  test('asks anew for another sum in place of what it asked before, and again when nobody answered in time', () => {
    ask('r1')
    done(approveRequest(view, { input: { request: 'r1', note: '' }, totals: new Map() }, by('user:fin')))
    expect(ask('r2', new Map([['a', sum(300)]]))).toMatchObject([{ request: 'r2', isNew: true }])
    expect(view.entities.request.get('r1')).toMatchObject({
      state: 'superseded',
      superseded_by: 'r2',
      closed: { by: 'token:admin', at_ms: atMs, reason: expect.stringContaining('r2') as string },
    })
    const late = { input: { request: 'r1', note: '' }, totals: new Map() }
    const refused = approveRequest(view, late, by('user:eng'))
    expect(refused).toMatchObject({ refusal: { code: 'wrong_state' } })
    expect(JSON.stringify(refused)).toContain('superseded by \\"r2\\": answer that one')
    atMs += 8 * 86_400_000
    expect(ask('r3')).toMatchObject([{ request: 'r3', isNew: true }])
    // Whose time is over is for time itself to end.
    expect(view.entities.request.get('r2')?.state).toBe('pending')
  })

  test('never has two open for one allocation, in whatever parts it asks; what it asks no more is withdrawn', () => {
    fold([{ kind: 'allocation', id: 'b', type: 'put', data: { ...STANDING, id: 'b', scope: 'team:b' } }])
    ask(
      'r1',
      new Map([
        ['a', sum(200)],
        ['b', sum(50)],
      ]),
    )
    // One of the two is another: what is asked together is approved together, so both are asked anew.
    expect(
      ask(
        'r2',
        new Map([
          ['a', sum(300)],
          ['b', sum(50)],
        ]),
      ),
    ).toMatchObject([{ request: 'r2', allocations: ['a', 'b'] }])
    expect(ask('r3', new Map([['a', sum(300)]]))).toMatchObject([{ request: 'r3', allocations: ['a'] }])
    expect(
      ask(
        'r4',
        new Map([
          ['a', sum(300)],
          ['b', sum(70)],
        ]),
      ),
    ).toMatchObject([
      { request: 'r3', isNew: false, allocations: ['a'] },
      { request: 'r4', isNew: true, allocations: ['b'] },
    ])
    expect(ask('r5', new Map())).toEqual([])
    expect(standings()).toEqual([
      ['r1', 'superseded', 'r2'],
      ['r2', 'superseded', 'r3'],
      ['r3', 'withdrawn', undefined],
      ['r4', 'withdrawn', undefined],
    ])
  })

  test('leaves alone what people asked by hand, and joins it where it is the same', () => {
    const byHand = { id: 'h', kind: 'allocation_change', subject: 'allocation:a', credits_micro: 0 } as const
    done(
      submitRequest(view, { ...byHand, allocations: { a: 200 * CREDITS }, description: 'x' }, by('user:x')),
    )
    ask('r1', new Map([['a', sum(300)]]))
    expect(ask('r2', new Map([['a', sum(200)]]))).toEqual([
      { request: 'h', isNew: false, allocations: ['a'] },
    ])
    expect(standings()).toEqual([
      ['h', 'pending', undefined],
      ['r1', 'superseded', 'h'],
    ])
  })

  test('a removal is asked for and approved the same way, also by hand', () => {
    expect(ask('r1', new Map([['a', 'removal' as const]]))).toMatchObject([{ isNew: true }])
    const input = {
      kind: 'allocation_change',
      subject: 'allocation:a',
      credits_micro: 0,
      description: 'gone',
    } as const
    done(submitRequest(view, { ...input, id: 'r2', removed_allocations: ['a'] }, by('user:x')))
    for (const actor of ['user:fin', 'user:eng']) {
      done(approveRequest(view, { input: { request: 'r2', note: '' }, totals: new Map() }, by(actor)))
    }
    expect(view.entities.allocation.has('a')).toBe(false)
    // What is gone cannot be changed any more.
    const late = { input: { request: 'r1', note: '' }, totals: new Map() }
    done(approveRequest(view, late, by('user:fin')))
    expect(approveRequest(view, late, by('user:eng'))).toMatchObject({ refusal: { code: 'not_found' } })
  })
})
