import { killQueries, migrate } from '@meterline/clickhouse'
import { dailyZSql, evidenceSql, SCOPE_KINDS, scopeCondition, sqlText } from '@meterline/domain'
import type { ScopeKind } from '@meterline/domain'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'

import { ownDatabase } from '../../../../test/support/own-database.ts'

const AT_MS = Date.parse('2026-11-21T12:00:00Z')
const SPAN = { fromMs: AT_MS - 1_000, toMs: AT_MS + 1_000 }

/** Names that somebody could give a team, a user or an endpoint. */
const HOSTILE = [
  "'",
  "''",
  '\\',
  "\\'",
  "\\\\'",
  "x' OR 1 = 1 --",
  "x\\' OR 1 = 1 --",
  "x'; DROP TABLE usage; --",
  "x' UNION ALL SELECT * FROM usage --",
  "x') OR (1 = 1",
  "' OR '' = '",
  '\\x27 OR 1 = 1 --',
  '\\u0027 OR 1 = 1 --',
  '\\0',
  '\0',
  'a\nb',
  'a\r\n-- b',
  '/* */ # --',
  '{scope:String}',
  '$1 ${x} $$ $a$',
  '`"',
  '%_',
  '’ ʼ ＇ 🜃',
  ' ',
]
const COLUMNS: Readonly<Record<ScopeKind, string>> = {
  org: 'organization',
  billing_group: 'billing_group',
  department: 'department',
  team: 'team',
  project: 'project',
  api_key: 'api_key_id',
  user: 'user_id',
  allocation: 'allocation_id',
  customer: 'customer_id',
  endpoint: 'endpoint',
  prompt_version: 'prompt_version',
  model: 'model_name',
  product: 'product',
}

const database = ownDatabase('hostile')

beforeAll(async () => {
  // For each name one row that bears it in every column, and one of somebody else, who must never be seen.
  const columns = Object.values(COLUMNS)
  const rows = [...HOSTILE, 'somebody else'].map((name, index) => ({
    request_id: `row-${index}`,
    timestamp: AT_MS,
    credits_micro: 7,
    ...Object.fromEntries(columns.map((column) => [column, name])),
  }))
  const structure = `request_id String, timestamp Int64, credits_micro Int64, ${columns.map((column) => `${column} String`).join(', ')}`
  const names = columns.join(', ')
  await database.clickhouse.send(
    `INSERT INTO usage (request_id, timestamp, credits_micro, ${names}) SELECT request_id, fromUnixTimestamp64Milli(timestamp), credits_micro, ${names} FROM input('${structure}') FORMAT JSONEachRow`,
    [Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'))],
  )
})

async function rowsLeft(): Promise<number> {
  const [row] = await database.clickhouse.rows<{ count: number }>('SELECT count() AS count FROM usage')
  return row?.count ?? 0
}

describe.each(HOSTILE.map((name, index) => ({ name, index })))('the name $name', ({ name, index }) => {
  const own = [{ request_id: `row-${index}` }]

  test('as organization and as a scope of every kind: the evidence is its own row, nothing else', async () => {
    for (const kind of SCOPE_KINDS) {
      const sql = evidenceSql({ organization: name, scope: `${kind}:${name}`, ...SPAN })
      expect(await database.clickhouse.rows(sql), kind).toMatchObject(own)
    }
    expect(await rowsLeft()).toBe(HOSTILE.length + 1)
  })

  test('as scope of the daily z-score: the credits are its own', async () => {
    const sql = dailyZSql({ scope: `team:${name}`, asOfMs: AT_MS, timeZone: 'UTC' })
    expect(await database.clickhouse.rows(sql)).toMatchObject([{ credits_today: 7 }])
  })

  test('as time zone of the daily z-score: refused by the server as a time zone, not run', async () => {
    const sql = dailyZSql({ scope: 'team:somebody else', asOfMs: AT_MS, timeZone: name })
    await expect(database.clickhouse.rows(sql)).rejects.toThrow(/time ?zone/i)
    expect(await rowsLeft()).toBe(HOSTILE.length + 1)
  })

  test('as reporting time zone of the tables: refused before any statement', async () => {
    await expect(migrate(database.clickhouse, { reportingTimeZone: name })).rejects.toMatchObject({
      code: 'bad_time_zone',
    })
  })

  test('as the beginning of a query id: nothing else is killed', async () => {
    expect(await killQueries(database.clickhouse, `hostile ${name}`)).toBe(0)
    expect(await rowsLeft()).toBe(HOSTILE.length + 1)
  })
})

test('any text comes back from ClickHouse as it went in', async () => {
  // The cheapest strings to break out with, in any order.
  const part = fc.oneof(
    fc.constantFrom("'", '\\', "\\'", '--', ';', '\0', '\n', '/*', '{a:String}'),
    fc.string({ unit: 'binary', maxLength: 4 }),
  )
  const text = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''))
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 50, maxLength: 200 }), async (texts) => {
      const [row] = await database.clickhouse.rows<{ texts: string[] }>(
        `SELECT [${texts.map(sqlText).join(', ')}] AS texts`,
      )
      expect(row?.texts).toEqual(texts)
    }),
    { numRuns: 20 },
  )
})

test('what is no kind of scope is no column: the statement is refused, not widened', async () => {
  for (const scope of ['1 = 1 OR team:x', 'constructor:x', '__proto__:x', 'nothing'] as never[]) {
    await expect(
      database.clickhouse.rows(`SELECT 1 FROM usage WHERE ${scopeCondition(scope)}`),
    ).rejects.toThrow(/identifier|syntax error/i)
  }
})

test('the evidence of rejected usage is what meter rejected in the span, the newest first', async () => {
  const rows = [
    [AT_MS - 2_000, 'attribute', 'before'],
    [AT_MS - 500, 'attribute', 'label_not_allowed'],
    [AT_MS, 'gateway', 'its caller was told'],
    [AT_MS + 500, 'drop-duplicates', 'undecodable'],
    [AT_MS + 1_000, 'rate', 'after'],
  ].map(([atMs, stage, reason]) => `(fromUnixTimestamp64Milli(toInt64(${atMs})), '${stage}', '${reason}')`)
  await database.clickhouse.command(`INSERT INTO rejected (time, stage, reason) VALUES ${rows.join(', ')}`)
  const sql = evidenceSql({ organization: 'acme', scope: 'org:acme', of: 'rejected', ...SPAN })
  const found = await database.clickhouse.rows<{ reason: string }>(sql)
  expect(found.map(({ reason }) => reason)).toEqual(['undecodable', 'label_not_allowed'])
})
