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
    return asked.waiting
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

  test('asks anew for another sum, and again when nobody answered in time', () => {
    ask('r1')
    expect(ask('r2', new Map([['a', { monthly_credits_micro: 300 * CREDITS }]]))).toMatchObject([
      { request: 'r2', isNew: true },
    ])
    atMs += 8 * 86_400_000
    expect(ask('r3')).toMatchObject([{ request: 'r3', isNew: true }])
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
