import { describe, expect, test } from 'vitest'

import { pathOfProject } from '../organization/organization-path.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { effectiveLimits } from './effective-limits.ts'
import { allocation, CREDIT, fold, limit, put, sampleView } from './sample-view.test-data.ts'

const NOON = Date.parse('2026-11-21T11:00:00Z')

function of(view: OrganizationView, { user = 'ada', apiKey = 'key_1', atMs = NOON } = {}) {
  const path = pathOfProject(view, 'assistant')
  if (path === undefined) throw new Error('the sample has the project')
  return effectiveLimits(view, { path, user, apiKey }, atMs)
}

const ids = (...args: Parameters<typeof of>) => of(...args).map(({ id }) => id)

describe('of the limits for each user, the most specific one wins', () => {
  const group = limit({ id: 'group', level: 'group', scope: 'billing_group:payments' })
  const team = limit({ id: 'team', level: 'group', scope: 'team:checkout-web' })
  const own = limit({
    id: 'own',
    level: 'individual',
    scope: 'user:ada',
    expires_at_ms: NOON + 1,
    review_at_ms: null,
  })

  test('the workspace default, where there is nothing else', () => {
    expect(ids(sampleView(limit({})))).toEqual(['workspace-user-month'])
  })

  test('the nearest group over the workspace, whatever the figures are', () => {
    expect(ids(sampleView(limit({}), group))).toEqual(['group'])
    expect(ids(sampleView(team, limit({}), group))).toEqual(['team'])
  })

  test('the individual override over all, until the instant it expires', () => {
    const view = sampleView(limit({}), group, team, own)
    expect(ids(view)).toEqual(['own'])
    expect(ids(view, { atMs: NOON + 1 })).toEqual(['team'])
    expect(ids(view, { user: 'grace' })).toEqual(['team'])
  })

  test('a temporary override over a standing one, the stricter one of two standing ones', () => {
    const standing = limit({
      id: 'a-standing',
      level: 'individual',
      scope: 'user:ada',
      review_at_ms: NOON,
      hard_cap_micro: 1,
    })
    const laxer = limit({
      id: 'a-laxer',
      level: 'individual',
      scope: 'user:ada',
      review_at_ms: NOON,
      hard_cap_micro: 2,
    })
    expect(ids(sampleView(laxer, standing))).toEqual(['a-standing'])
    expect(ids(sampleView(laxer, standing, own))).toEqual(['own'])
  })

  test('day and month are apart, and so are users and keys', () => {
    const view = sampleView(
      limit({}),
      limit({ id: 'daily', period: 'day' }),
      limit({ id: 'key-day', per: 'api_key', period: 'day', level: 'group', scope: 'project:assistant' }),
    )
    expect(of(view).map(({ id, scope, period }) => [id, scope, period])).toEqual([
      ['daily', 'user:ada', 'day'],
      ['key-day', 'api_key:key_1', 'day'],
      ['workspace-user-month', 'user:ada', 'month'],
    ])
  })
})

test('limits of scopes hold side by side: each caps its own scope', () => {
  const view = sampleView(
    limit({ id: 'org', per: 'scope', hard_cap_micro: 5 }),
    limit({ id: 'team', per: 'scope', level: 'group', scope: 'team:checkout-web', hard_cap_micro: 50 }),
    limit({ id: 'elsewhere', per: 'scope', level: 'group', scope: 'team:risk' }),
  )
  expect(of(view).map(({ id, scope }) => [id, scope])).toEqual([
    ['team', 'team:checkout-web'],
    ['org', 'org:org-1234'],
  ])
})

test('periods end at midnight of the reporting time zone, days of 23 and 25 hours too', () => {
  const view = sampleView(limit({}), limit({ id: 'daily', period: 'day' }))
  const resets = (at: string) =>
    of(view, { atMs: Date.parse(at) }).map(({ resets_at_ms }) => new Date(resets_at_ms).toISOString())
  expect(resets('2026-11-21T11:00:00Z')).toEqual(['2026-11-21T23:00:00.000Z', '2026-11-30T23:00:00.000Z'])
  expect(resets('2026-10-24T22:00:00Z')).toEqual(['2026-10-25T23:00:00.000Z', '2026-10-31T23:00:00.000Z'])
})

describe('allocations', () => {
  test('cap their scope at shares of what they may spend, and the default is to fail open', () => {
    expect(of(sampleView(allocation({ hard_cap: 1.1 })))).toMatchObject([
      {
        source: 'allocation',
        id: 'bg-payments',
        scope: 'billing_group:payments',
        soft_cap_micro: 900 * CREDIT,
        hard_cap_micro: 1_100 * CREDIT,
        on_owner_unreachable: 'open',
      },
    ])
  })

  test('with a period of the ledger, it says what may be spent, in that month alone', () => {
    const view = sampleView(
      put('pool', { id: 'central', name: 'Central', owner: 'Finance' }),
      allocation({ reserve_credits_micro: 100 * CREDIT }),
      put('allocation_period', {
        id: 'bg-payments:2026-11',
        allocation: 'bg-payments',
        scope: 'billing_group:payments',
        source: 'pool:central',
        base_micro: 900 * CREDIT,
        reserve_micro: 100 * CREDIT,
        temporary_micro: 0,
        period: '2026-11',
        limit_micro: 1_234 * CREDIT,
        state: 'open',
      }),
    )
    expect(of(view)[0]?.hard_cap_micro).toBe(1_234 * CREDIT)
    // Before December is rolled: what every month gives at least.
    expect(of(view, { atMs: Date.parse('2026-12-01T00:00:00Z') })[0]?.hard_cap_micro).toBe(900 * CREDIT)
  })
})

test('an approved boost lifts the caps of its subject until it ends', () => {
  const view = sampleView(limit({ soft_cap_micro: 80 * CREDIT }))
  expect(of(view)[0]?.boost_micro).toBe(0)
  fold(view, [
    put('request', {
      id: 'r1',
      kind: 'boost',
      requested_by: 'user:ada',
      requested_at_ms: 0,
      subject: 'user:ada',
      credits_micro: 7 * CREDIT,
      description: 'a migration',
      state: 'approved',
      approvals: [],
      declined: null,
      answer_by_ms: NOON,
      ends_at_ms: NOON + 5,
      incident: null,
    }),
  ])
  expect(of(view)[0]).toMatchObject({
    soft_cap_micro: 87 * CREDIT,
    hard_cap_micro: 107 * CREDIT,
    changes_at_ms: NOON + 5,
  })
  expect(of(view, { user: 'grace' })[0]?.hard_cap_micro).toBe(100 * CREDIT)
  expect(of(view, { atMs: NOON + 5 })[0]?.hard_cap_micro).toBe(100 * CREDIT)
})
