import type { ControlChange, Limit, User } from '@meterline/domain'
import {
  approveRequest,
  balanceOf,
  declineRequest,
  effectiveLimits,
  grantCredits,
  incidentId,
  pathOfKey,
  stateCriticality,
  submitRequest,
  writePostMortem,
} from '@meterline/domain'
import { expect } from 'vitest'

import { GRANTED, M, PAYMENTS, PROMOTION, RESEARCH, SUPPORT } from './quarter-facts.test-data.ts'
import type { QuarterWorld } from './quarter-world.test-data.ts'

// What happens in the quarter, day by day; every step says what it has come to.

export function october(world: QuarterWorld, nextStart: string): void {
  for (const change of PEOPLE) world.put(change)
  world.put({
    kind: 'pool',
    id: 'central',
    type: 'put',
    data: { id: 'central', name: 'Central', owner: 'Finance' },
  })
  grant(world, { id: 'purchase', kind: 'purchase', micro: GRANTED, priority: 1, expires: null })
  grant(world, {
    id: 'promotion',
    kind: 'promotion',
    micro: PROMOTION,
    priority: 9,
    expires: '2026-11-20T00:00:00Z',
  })
  world.at('2026-10-01T12:00:01Z')
  world.spend('payments', 379_000)
  world.spend('customer-support', 40_000)
  world.spend('research', 30_000)
  boostOfAda(world)
  // An allocation's boost of 20,000 that nobody needed: all of it goes back when it ends.
  world.at('2026-10-10T12:00:00Z')
  ask(world, { id: 'boost-1', kind: 'boost', subject: `allocation:${SUPPORT}`, credits: 20_000 })
  approveByBoth(world, 'boost-1', Date.parse('2026-10-20T12:00:00Z'))
  expect(limitOfNow(world, SUPPORT)).toBe(290_000 * M)
  world.at('2026-10-20T11:59:59Z')
  expect(limitOfNow(world, SUPPORT)).toBe(290_000 * M)
  world.at('2026-10-20T12:00:00Z')
  expect(limitOfNow(world, SUPPORT)).toBe(270_000 * M)
  world.at('2026-10-28T12:00:00Z')
  world.spend('customer-support', 200_000)
  // Up to the last second of the month.
  world.spend('payments', 1_000, secondBefore(nextStart))
  world.spend('payments', 0.000002, secondBefore(nextStart))
}

export function november(world: QuarterWorld, [start, december]: readonly string[]): void {
  // The first second of November is spent before control has rolled: it counts to November all the same.
  world.spend('payments', 500_000 - 1_300, start)
  expect(limitOfNow(world, PAYMENTS)).toBe(450_000 * M)
  world.at(minuteAfter(start))
  expect(limitOfNow(world, PAYMENTS)).toBe(500_000 * M)
  world.spend('payments', 1_234.567891, secondBefore(start ?? ''))
  world.at('2026-11-05T12:00:00Z')
  // The late spend has used up what is not there any more; the next credit crosses the cap.
  expect(limitOfNow(world, PAYMENTS)).toBe(500_000 * M - 1_234_567_891)
  expect(isBlocked(world, PAYMENTS)).toBe(false)
  world.spend('payments', 100)
  expect(isBlocked(world, PAYMENTS)).toBe(true)
  override(world)
  expect(isBlocked(world, PAYMENTS)).toBe(false)
  world.at('2026-11-10T12:00:00Z')
  world.spend('payments', 21_200)
  reserveOfResearch(world)
  world.at('2026-11-28T12:00:00Z')
  world.spend('customer-support', 250_000)
  world.spend('research', 60_000)
  world.at(secondBefore(december ?? ''))
}

export function december(world: QuarterWorld, [october, november, january]: readonly string[]): void {
  world.at(minuteAfter(november))
  // Both came late: burn still keeps all of October on the 1st of December.
  world.spend('payments', 100, secondBefore(october ?? ''))
  world.spend('customer-support', -2_000, '2026-11-28T12:00:00Z')
  world.at('2026-12-05T12:00:00Z')
  world.spend('payments', 300_000)
  world.spend('customer-support', 275_000)
  // More than the 200,000 that are there: authorizations were refused, but what was used anyhow is recorded.
  world.spend('research', 220_000)
  ask(world, { id: 'boost-2', kind: 'boost', subject: `allocation:${SUPPORT}`, credits: 20_000 })
  approveByBoth(world, 'boost-2', Date.parse('2026-12-20T12:00:00Z'))
  world.at('2026-12-20T12:00:00Z')
  // October is no longer whole: what comes now for its last days stays out of the ledger.
  const before = world.entries('adjustment').length
  world.spend('payments', 7, '2026-10-25T12:00:00Z')
  world.at('2026-12-20T13:00:00Z')
  expect(world.entries('adjustment')).toHaveLength(before)
  world.at(minuteAfter(january))
}

/** A person's own limit: the workspace's default, a boost on it, and the default again when the boost is over. */
function boostOfAda(world: QuarterWorld): void {
  world.put({ kind: 'limit', id: WORKSPACE.id, type: 'put', data: WORKSPACE })
  const cap = (): number | null | undefined => {
    const key = world.view.entities.api_key.get('key_payments_prod_1')
    const path = key && pathOfKey(world.view, key)
    if (path === undefined) throw new Error('the sample has the key')
    const subject = { path, user: 'ada', apiKey: 'key_payments_prod_1' }
    return effectiveLimits(world.view, subject, world.nowMs).find(({ scope }) => scope === 'user:ada')
      ?.hard_cap_micro
  }
  expect(cap()).toBe(2_000 * M)
  ask(world, { id: 'ada-1', kind: 'boost', subject: 'user:ada', credits: 500 }, 'user:ada')
  expect(world.refusal('user:ada', (head) => approve(world, 'ada-1', head))).toBe('separation_of_duties')
  expect(world.refusal('user:lead', (head) => approve(world, 'ada-1', head))).toBe('invalid')
  const until = Date.parse('2026-10-15T00:00:00Z')
  world.command('user:lead', (head) =>
    approveRequest(
      world.view,
      { input: { request: 'ada-1', note: 'the migration', ends_at_ms: until }, totals: world.totals },
      head,
    ),
  )
  expect(cap()).toBe(2_500 * M)
  world.at('2026-10-15T00:00:00Z')
  expect(cap()).toBe(2_000 * M)
  expect(world.view.entities.request.get('ada-1')?.state).toBe('ended')
}

/** The runbook of domain.md §6: opened by itself, criticality, a top-up by two people, the cap lifted, a note. */
function override(world: QuarterWorld): void {
  const { view } = world
  const alert = world.alerts.findLast(({ severity }) => severity === 'hard_cap')
  const incident = incidentId(alert?.id ?? '')
  expect(alert).toMatchObject({ state: 'firing', allocation_id: PAYMENTS, period: '2026-11' })
  expect(view.entities.incident.get(incident)?.state).toBe('open')
  const request = {
    id: 'top-up-1',
    kind: 'top_up',
    subject: `allocation:${PAYMENTS}`,
    credits: 60_000,
    incident,
  } as const
  expect(world.refusal('user:pm', (head) => submitRequest(view, requestOf(request), head))).toBe(
    'wrong_state',
  )
  world.command('user:eng', (head) =>
    stateCriticality(view, { incident, criticality: 'checkout is down' }, head),
  )
  ask(world, request)
  expect(view.entities.incident.get(incident)?.state).toBe('awaiting_approval')
  expect(world.refusal('user:pm', (head) => approve(world, 'top-up-1', head))).toBe('separation_of_duties')
  expect(world.refusal('user:lead', (head) => approve(world, 'top-up-1', head))).toBe('not_an_approver')
  world.command('user:fin', (head) => approve(world, 'top-up-1', head))
  expect(isBlocked(world, PAYMENTS)).toBe(true)
  expect(world.refusal('user:fin', (head) => approve(world, 'top-up-1', head))).toBe('separation_of_duties')
  world.command('user:eng', (head) => approve(world, 'top-up-1', head))
  expect(view.entities.incident.get(incident)?.state).toBe('resolved')
  expect(world.alerts.findLast(({ severity }) => severity === 'hard_cap')).toMatchObject({
    id: alert?.id,
    state: 'resolved',
  })
  world.command('user:eng', (head) =>
    writePostMortem(view, { incident, note: 'a retry loop; now bounded' }, head),
  )
}

function reserveOfResearch(world: QuarterWorld): void {
  ask(world, { id: 'reserve-1', kind: 'reserve_draw', subject: `allocation:${RESEARCH}`, credits: 100_001 })
  expect(world.refusal('user:fin', (head) => approve(world, 'reserve-1', head))).toBe('reserve_short')
  world.command('user:fin', (head) =>
    declineRequest(world.view, { request: 'reserve-1', reason: 'too much' }, head),
  )
  ask(world, { id: 'reserve-2', kind: 'reserve_draw', subject: `allocation:${RESEARCH}`, credits: 40_000 })
  expect(world.refusal('user:eng', (head) => approve(world, 'reserve-2', head))).toBe('not_an_approver')
  world.command('user:fin', (head) => approve(world, 'reserve-2', head))
  expect(limitOfNow(world, RESEARCH)).toBe(170_000 * M + 40_000 * M)
}

interface Ask {
  readonly id: string
  readonly kind: 'boost' | 'top_up' | 'reserve_draw'
  readonly subject: `user:${string}` | `allocation:${string}`
  readonly credits: number
  readonly incident?: string
}

function requestOf({ credits, ...request }: Ask) {
  return { ...request, credits_micro: credits * M, description: 'the quarter as it goes' }
}

function ask(world: QuarterWorld, request: Ask, by = 'user:pm'): void {
  world.command(by, (head) => submitRequest(world.view, requestOf(request), head))
}

function approveByBoth(world: QuarterWorld, request: string, ends_at_ms: number): void {
  for (const by of ['user:fin', 'user:eng']) {
    const input = { request, note: 'ok', ends_at_ms }
    world.command(by, (head) => approveRequest(world.view, { input, totals: world.totals }, head))
  }
}

function approve(world: QuarterWorld, request: string, head: Parameters<typeof approveRequest>[2]) {
  return approveRequest(world.view, { input: { request, note: '' }, totals: world.totals }, head)
}

function grant(
  world: QuarterWorld,
  {
    id,
    kind,
    micro,
    priority,
    expires,
  }: { id: string; kind: 'purchase' | 'promotion'; micro: number; priority: number; expires: string | null },
): void {
  const expires_at_ms = expires === null ? null : Date.parse(expires)
  world.command('user:fin', (head) =>
    grantCredits(
      world.view,
      { id, pool: 'central', kind, credits_micro: micro, priority, expires_at_ms, reference: id },
      head,
    ),
  )
}

function balanceNow(world: QuarterWorld, id: string) {
  const allocation = world.view.entities.allocation.get(id)
  if (allocation === undefined) throw new Error(`there is no ${id}`)
  return balanceOf(world.view, { spend: world.totals, allocation }, world.calendarMs)
}

const limitOfNow = (world: QuarterWorld, id: string): number => balanceNow(world, id).limit_micro
const isBlocked = (world: QuarterWorld, id: string): boolean => balanceNow(world, id).hard_cap_reached

const secondBefore = (instant: string): string => new Date(Date.parse(instant) - 1_000).toISOString()
const minuteAfter = (instant = ''): string => new Date(Date.parse(instant) + 60_000).toISOString()

const PEOPLE: readonly ControlChange[] = [
  person('fin', 'finance', 'org:*'),
  person('eng', 'engineering_approver', 'org:*'),
  person('lead', 'team_lead', 'team:payments'),
  person('pm', 'viewer', 'billing_group:payments'),
  person('ada', 'viewer', 'team:payments'),
]

function person(
  id: string,
  role: User['bindings'][number]['role'],
  scope: User['bindings'][number]['scope'],
): ControlChange {
  const data: User = {
    id,
    name: id,
    email: `${id}@example.com`,
    status: 'active',
    bindings: [{ role, scope }],
    password_hash: null,
    oidc_subject: null,
    sessions_valid_from_ms: 0,
  }
  return { kind: 'user', id, type: 'put', data }
}

const WORKSPACE: Limit = {
  id: 'workspace-user-month',
  level: 'workspace',
  scope: 'org:org-1234',
  per: 'user',
  period: 'month',
  soft_cap_micro: null,
  hard_cap_micro: 2_000 * M,
  expires_at_ms: null,
  review_at_ms: null,
  on_owner_unreachable: 'open',
  reason: 'default',
}
