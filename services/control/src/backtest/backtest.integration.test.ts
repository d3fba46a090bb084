import { beforeAll, expect, test } from 'vitest'

import { ownDatabase } from '../../../../test/support/own-database.ts'
import { memoryControl, NOW_MS } from '../testing/memory-control.ts'

const DAY_MS = 86_400_000

const database = ownDatabase('backtest')

beforeAll(async () => {
  const spent = (request_id: string, team: string, daysAgo: number, organization = 'org-1') => ({
    request_id,
    organization,
    team,
    timestamp: NOW_MS - daysAgo * DAY_MS,
    credits_micro: 60_000_000,
  })
  const rows = [
    spent('a', 'auth', 10),
    spent('b', 'auth', 9),
    spent('c', 'risk', 9),
    spent('d', 'risk', 9, 'another'),
    spent('e', 'auth', 100),
  ]
  await database.clickhouse.send(
    `INSERT INTO usage (request_id, organization, team, timestamp, credits_micro)
     SELECT request_id, organization, team, fromUnixTimestamp64Milli(timestamp), credits_micro
     FROM input('request_id String, organization String, team String, timestamp Int64, credits_micro Int64') FORMAT JSONEachRow`,
    [Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'))],
  )
})

test('the usage that ClickHouse holds is run through the rule: 120 of 100 credits, of one team', async () => {
  const { call } = memoryControl({ rows: (sql, options) => database.clickhouse.rows(sql, options) })
  const policy = { rule: 'budget_threshold', scope: 'team:*', severity: 'warning' }
  const { status, body } = await call('POST', '/v1/backtest', policy)
  expect(status).toBe(200)
  const at = { scope: 'team:auth', fired_at: '2026-11-12T04:05:00.000Z', resolved_at: null }
  expect(body['firings']).toMatchObject([
    { ...at, threshold: 0.7 },
    { ...at, threshold: 0.9 },
    { ...at, threshold: 1 },
  ])
})
