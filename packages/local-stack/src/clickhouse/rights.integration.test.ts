import { describe, expect, inject, it } from 'vitest'

const { clickhouse } = inject('stack')
const writer = { user: clickhouse.user, password: clickhouse.password }
const sink = { user: clickhouse.sinkUser, password: clickhouse.sinkPassword }
const reader = { user: clickhouse.readerUser, password: clickhouse.readerPassword }
const stranger = { user: 'default', password: '' }

async function ask(account: { user: string; password: string }, query: string): Promise<string> {
  const answer = await fetch(clickhouse.url, {
    method: 'POST',
    body: query,
    headers: { 'X-ClickHouse-User': account.user, 'X-ClickHouse-Key': account.password },
  })
  return (await answer.text()).trim()
}

describe('the writer', () => {
  it('may make tables with projections, refreshable views, and loads with input()', async () => {
    const statements = [
      'DROP DATABASE IF EXISTS meterline_rights',
      'CREATE DATABASE meterline_rights',
      `CREATE TABLE meterline_rights.t (a Int64, PROJECTION p (SELECT a, count() GROUP BY a)) ENGINE = MergeTree ORDER BY a`,
      `CREATE MATERIALIZED VIEW meterline_rights.mv REFRESH EVERY 1 MINUTE (a Int64, n UInt64) ENGINE = MergeTree ORDER BY a
       AS SELECT a, count() AS n FROM meterline_rights.t GROUP BY a`,
      "INSERT INTO meterline_rights.t SELECT * FROM input('a Int64') FORMAT TSV\n1\n2\n2\n",
      'SYSTEM REFRESH VIEW meterline_rights.mv',
      'SYSTEM WAIT VIEW meterline_rights.mv',
      'ALTER TABLE meterline_rights.t MATERIALIZE PROJECTION p SETTINGS mutations_sync = 1',
      "KILL QUERY WHERE query_id = 'nobody' SYNC",
    ]
    for (const statement of statements) expect(await ask(writer, statement)).toBe('')
    expect(await ask(writer, 'SELECT * FROM meterline_rights.mv ORDER BY a')).toBe('1\t1\n2\t2')
    expect(
      await ask(writer, "SELECT count() FROM system.parts WHERE database = 'meterline_rights' AND active"),
    ).not.toBe('0')
    expect(await ask(writer, 'DROP DATABASE meterline_rights SYNC')).toBe('')
  })

  it.each([
    "SELECT * FROM file('/etc/hostname', 'LineAsString')",
    "INSERT INTO FUNCTION file('meterline-was-here.csv') SELECT 1",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    "CREATE TABLE meterline.hostname (line String) ENGINE = File('LineAsString', '/etc/hostname')",
    'CREATE DATABASE somewhere_else',
    'SELECT * FROM default.`/etc/hostname`',
    "CREATE USER mallory IDENTIFIED BY 'x'",
  ])('may not: %s', async (statement) => {
    expect(await ask(writer, statement)).toMatch(/ACCESS_DENIED/)
  })
})

describe('the sink', () => {
  it('may add rows, ask what has arrived, and end its own statements', async () => {
    expect(await ask(writer, 'CREATE TABLE meterline.rights (a Int64) ENGINE = MergeTree ORDER BY a')).toBe(
      '',
    )
    try {
      expect(
        await ask(sink, "INSERT INTO meterline.rights SELECT * FROM input('a Int64') FORMAT TSV\n1\n"),
      ).toBe('')
      expect(await ask(sink, 'SELECT a FROM meterline.rights')).toBe('1')
      expect(await ask(sink, "KILL QUERY WHERE query_id = 'nobody' SYNC")).toBe('')
      for (const statement of [
        'ALTER TABLE meterline.rights DELETE WHERE 1',
        'TRUNCATE TABLE meterline.rights',
        'DROP TABLE meterline.rights',
        'ALTER TABLE meterline.rights ADD COLUMN b Int8',
      ]) {
        expect(await ask(sink, statement), statement).toMatch(/ACCESS_DENIED/)
      }
    } finally {
      await ask(writer, 'DROP TABLE meterline.rights SYNC')
    }
  })

  it.each([
    'CREATE TABLE meterline.mine (a Int8) ENGINE = Memory',
    "SELECT * FROM file('/etc/hostname', 'LineAsString')",
    'SELECT name FROM system.users',
  ])('may not: %s', async (statement) => {
    expect(await ask(sink, statement)).toMatch(/ACCESS_DENIED/)
  })
})

describe('the reader', () => {
  it('may read and set its own format', async () => {
    expect(
      await ask(reader, 'SELECT currentUser() SETTINGS output_format_json_quote_64bit_integers = 0'),
    ).toBe('meterline_reader')
    expect(await ask(reader, 'SHOW TABLES FROM meterline')).not.toMatch(/Exception/)
  })

  it.each([
    'CREATE TABLE meterline.mine (a Int8) ENGINE = Memory',
    'DROP DATABASE meterline',
    "SELECT * FROM file('/etc/hostname', 'LineAsString')",
    "KILL QUERY WHERE query_id = 'any' SYNC",
    'SELECT query FROM system.processes',
    'SELECT 1 SETTINGS max_memory_usage = 100000000000',
  ])('may not: %s', async (statement) => {
    expect(await ask(reader, statement)).toMatch(/ACCESS_DENIED|READONLY|SETTING_CONSTRAINT_VIOLATION/)
  })
})

it('lets nobody in without an account', async () => {
  expect(await ask(stranger, 'SELECT 1')).toMatch(/USER_SESSION_LIMIT_EXCEEDED|AUTHENTICATION_FAILED/)
})

it.each([
  // A stalled upload holds back the sink's KILL QUERY for this long.
  ['http_receive_timeout', '5'],
  ['async_insert', '0'],
])('has %s = %s for everybody', async (name, value) => {
  expect(await ask(writer, `SELECT value FROM system.settings WHERE name = '${name}'`)).toBe(value)
})
