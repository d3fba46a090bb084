import { describe, expect, test } from 'vitest'

import { memoryControl, NOW_MS } from '../testing/memory-control.ts'

const DAY_MS = 86_400_000
const PANE_MS = 300_000
const POLICY = { rule: 'budget_threshold', scope: 'team:*', severity: 'warning' }

/** 60 of the 100 credits a month, twice, in November. */
const ROWS = ['team:auth', 'team:risk'].flatMap((scope) =>
  [10, 9].map((daysAgo) => ({
    scope,
    start_ms: Math.floor((NOW_MS - daysAgo * DAY_MS) / PANE_MS) * PANE_MS,
    credits_micro: 60_000_000,
    requests: 1,
    unrated_requests: 0,
  })),
)
const byTime = ROWS.toSorted((a, b) => a.start_ms - b.start_ms)

function worldWith(rows: readonly object[] = byTime) {
  const asked: string[] = []
  const memory = memoryControl({
    rows: async <T>(sql: string) => {
      asked.push(sql)
      return rows as T[]
    },
  })
  return { ...memory, asked }
}

function firingsOf(body: Readonly<Record<string, unknown>>): readonly { readonly scope: string }[] {
  return body['firings'] as { scope: string }[]
}

const asLead = ({ session }: ReturnType<typeof worldWith>) => ({ authorization: `Bearer ${session('lea')}` })

describe('POST /v1/backtest', () => {
  test('says when each tier would have fired, over the last 30 days, and learns from 35 days before', async () => {
    const world = worldWith()
    const { status, body } = await world.call('POST', '/v1/backtest', POLICY)
    expect([status, body]).toMatchObject([
      200,
      {
        rule: 'budget_threshold',
        scope: 'team:*',
        from: '2026-10-22T04:00:00.000Z',
        to: '2026-11-21T04:00:00.000Z',
        learned_from: '2026-09-17T04:00:00.000Z',
      },
    ])
    const fired = firingsOf(body)
    expect(fired.filter(({ scope }) => scope === 'team:auth')).toMatchObject([
      { threshold: 0.7, allocation_id: 'al-auth', fired_at: '2026-11-12T04:05:00.000Z', resolved_at: null },
      { threshold: 0.9 },
      { threshold: 1 },
    ])
    expect(fired).toHaveLength(6)
    expect(world.asked).toHaveLength(1)
    expect(world.asked[0]).toContain(`toInt64(${NOW_MS - 65 * DAY_MS})`)
  })

  test('a role over one team sees that team, and may not name another one', async () => {
    const world = worldWith()
    const seen = await world.call('POST', '/v1/backtest', POLICY, asLead(world))
    const scopes = firingsOf(seen.body).map(({ scope }) => scope)
    expect(new Set(scopes)).toEqual(new Set(['team:auth']))
    const other = { ...POLICY, scope: 'team:risk' }
    expect(await world.call('POST', '/v1/backtest', other, asLead(world))).toMatchObject({
      status: 403,
      body: { error: { code: 'forbidden' } },
    })
    expect(world.asked).toHaveLength(1)
  })

  test('alerts that began before `from` are left out', async () => {
    const { call } = worldWith()
    const { body } = await call('POST', '/v1/backtest', { ...POLICY, from: '2026-11-15' })
    expect(body['firings']).toEqual([])
  })

  test('one at a time', async () => {
    const { call } = worldWith()
    const answers = await Promise.all([1, 2].map(() => call('POST', '/v1/backtest', POLICY)))
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 429])
    expect((await call('POST', '/v1/backtest', POLICY)).status).toBe(200)
  })

  test.each([
    [{ rule: 'burn' }, 422, 'rule'],
    [{ rule: 'grant_expiring' }, 422, 'rule'],
    [{ rule: 'burn_rate', params: { factr: 2 } }, 422, 'params.factr'],
    [{ rule: 'burn_rate', params: { factor: -1 } }, 422, 'params.factor'],
    [{ scope: 'auth' }, 400, 'scope'],
    [{ severity: 'loud' }, 400, 'severity'],
    [{ modle: 1 }, 400, 'modle'],
    [{ from: 'yesterday' }, 400, 'from'],
    [{ from: '2026-08-01' }, 400, 'from'],
    [{ from: '2026-11-21T05:00:00Z', to: '2026-11-21T06:00:00Z' }, 400, 'from'],
  ])('%j is refused with the field', async (change, status, field) => {
    const world = worldWith()
    const refused = await world.call('POST', '/v1/backtest', { ...POLICY, ...change })
    expect(refused).toMatchObject({ status, body: { error: { field } } })
    expect(world.asked).toEqual([])
  })

  test('more history, or more scopes, than can be looked at is refused', async () => {
    const [row] = ROWS
    for (const rows of [
      Array.from({ length: 200_001 }, () => ({ ...row })),
      Array.from({ length: 101 }, (_, index) => ({ ...row, scope: `team:${index}` })),
    ]) {
      expect(await worldWith(rows).call('POST', '/v1/backtest', POLICY)).toMatchObject({
        status: 422,
        body: { error: { code: 'too_much_history', field: 'scope' } },
      })
    }
  })
})
