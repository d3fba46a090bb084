import { beforeAll, describe, expect, test } from 'vitest'

import { ownDatabase } from '../../../test/support/own-database.ts'
import { arrivedRows } from './arrived-rows.ts'
import { createClickhouse } from './clickhouse.ts'
import type { Clickhouse } from './clickhouse.ts'
import { isDeadlinePassed } from './errors.ts'
import type { ClickhouseError } from './errors.ts'
import { killQueries } from './kill-queries.ts'
import { loadBlock } from './load-block.ts'
import type { LoadTable } from './load-block.ts'
import { migrate } from './migrate/migrate.ts'
import { RowBinaryWriter } from './row-binary.ts'
import { serverNowMs, waitForDeadline } from './server-clock.ts'

const own = ownDatabase('clickhouse', { isMigrated: false })
let clickhouse: Clickhouse

beforeAll(() => {
  clickhouse = own.clickhouse
})

const refusal = (call: Promise<unknown>): Promise<ClickhouseError> =>
  call.then(
    () => Promise.reject(new Error('it was accepted')),
    (error: ClickhouseError) => error,
  )

describe('migrate', () => {
  test('twice, and by two at once, does the same as once', async () => {
    const reports = await Promise.all([migrate(clickhouse), migrate(clickhouse)])
    expect(reports.map(({ applied, present }) => applied.length + present.length)).toEqual([11, 11])
    expect(await migrate(clickhouse)).toMatchObject({ applied: [] })
    const tables = await clickhouse.rows<{ name: string }>('SHOW TABLES')
    const names = tables.map(({ name }) => name)
    const reports4 = ['credits_by_team', 'model_costs', 'request_summary', 'forecast_inputs']
    const wanted = [
      'usage',
      'rejected',
      'alerts',
      'audit',
      'release_calendar',
      ...reports4.map((name) => `mv_${name}`),
    ]
    expect(names).toEqual(expect.arrayContaining([...wanted, ...reports4.map((name) => `live_${name}`)]))
  })

  test('days follow the reporting time zone, in zones of a quarter hour too, and come from the projections', async () => {
    // 18:20 UTC is 00:05 of the next day in Kathmandu (+05:45), 18:10 is still the day before.
    await clickhouse.command(
      `INSERT INTO usage (timestamp, team, credits_micro) VALUES ('2026-11-21 18:20:00', 't', 3), ('2026-11-21 18:10:00', 't', 4)`,
    )
    const perDay = () =>
      clickhouse.rows(
        `SELECT toString(day) AS day, toString(sum(credits)) AS credits FROM live_credits_by_team GROUP BY day ORDER BY day`,
      )
    expect(await perDay()).toEqual([{ day: '2026-11-21', credits: '0.000007' }])
    expect(await migrate(clickhouse, { reportingTimeZone: 'Asia/Kathmandu' })).toMatchObject({
      applied: ['010_live_views.sql', '013_spend_by_day.sql'],
    })
    expect(await perDay()).toEqual([
      { day: '2026-11-21', credits: '0.000004' },
      { day: '2026-11-22', credits: '0.000003' },
    ])
    // One part whose quarter hours fill several granules, and whose days one.
    await clickhouse.command(
      `INSERT INTO usage (timestamp, team, credits_micro)
       SELECT toDateTime64('2026-10-01 00:00:00', 3, 'UTC') + toIntervalMinute(15 * (number % 2880)), toString(number % 7), 1 FROM numbers(30000)`,
    )
    const days = 'spend_by_day_asia__kathmandu'
    for (const [view, projection] of [
      ['credits_by_team', days],
      ['model_costs', days],
      ['forecast_inputs', days],
      ['request_summary', 'requests_and_errors_by_hour'],
    ]) {
      const plan = await clickhouse.rows<{ explain: string }>(`EXPLAIN SELECT * FROM live_${view}`)
      expect(plan.map(({ explain }) => explain).join('\n')).toContain(`ReadFromMergeTree (${projection})`)
    }
    await expect(migrate(clickhouse, { reportingTimeZone: "UTC'" })).rejects.toMatchObject({
      code: 'bad_time_zone',
    })
  })

  test('a release that is still to come is a forecast input', async () => {
    await clickhouse.command(
      `INSERT INTO release_calendar (day, team, model_name, release, expected_extra_credits_micro) VALUES ('2027-01-05', 't', 'm', 'v2', 1500000)`,
    )
    const rows = await clickhouse.rows(
      `SELECT team, requests, release, toString(expected_extra_credits) AS extra FROM live_forecast_inputs WHERE day = '2027-01-05'`,
    )
    expect(rows).toEqual([{ team: 't', requests: 0, release: 'v2', extra: '1.5' }])
  })
})

describe('a block', () => {
  const table: LoadTable = {
    name: 'blocks',
    timeColumn: 'at',
    format: 'RowBinary',
    columns: [
      ['at', "DateTime64(3, 'UTC')"],
      ['text', 'String'],
      ['_partition', 'Int32'],
      ['_offset', 'Int64'],
    ],
  }
  const bodyOf = (rows: readonly number[]): Buffer => {
    const writer = new RowBinaryWriter()
    rows.forEach((atMs, i) => {
      writer.int64(atMs)
      writer.string(`row ${i} ü`)
      writer.int32(3)
      writer.int64(100 + i)
    })
    return writer.toBuffer()
  }
  const load = (body: Buffer, deadlineMs: number) =>
    loadBlock(clickhouse, {
      table,
      body: [body],
      deadlineMs,
      queryId: `sink/blocks/3/${Math.random()}`,
      timeoutMs: 20_000,
    })

  beforeAll(() =>
    clickhouse.command(
      `CREATE TABLE blocks (at DateTime64(3, 'UTC'), text String, _partition Int32, _offset Int64) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY at`,
    ),
  )

  test('is stored before its deadline, refused after it, and found by month', async () => {
    const nowMs = await serverNowMs(clickhouse)
    const times = [Date.UTC(2026, 0, 31, 23, 59), Date.UTC(2026, 1, 1), Date.UTC(2026, 1, 2)]
    const error = await refusal(load(bodyOf(times), nowMs - 1))
    expect(isDeadlinePassed(error)).toBe(true)
    const [minEventMs = 0, , maxEventMs = 0] = times
    const stretch = { partition: 3, from: 100, to: 102, minEventMs, maxEventMs }
    expect(await arrivedRows(clickhouse, table, stretch)).toEqual(new Map())
    await load(bodyOf(times), nowMs + 10_000)
    expect(await arrivedRows(clickhouse, table, stretch)).toEqual(
      new Map([
        [202_601, 1],
        [202_602, 2],
      ]),
    )
    expect(await arrivedRows(clickhouse, table, { ...stretch, from: 101, to: 101 })).toEqual(
      new Map([[202_602, 1]]),
    )
    expect(await arrivedRows(clickhouse, table, { ...stretch, partition: 4 })).toEqual(new Map())
  })

  test('that is cut short is refused as a whole', async () => {
    const body = bodyOf([Date.UTC(2025, 0, 1), Date.UTC(2025, 0, 2)])
    const error = await refusal(load(body.subarray(0, body.length - 3), Date.now() + 10_000))
    expect(error).toMatchObject({ kind: 'refused', retryable: false })
    expect(await clickhouse.rows("SELECT 1 FROM blocks WHERE at < '2026-01-01'")).toEqual([])
  })
})

test('the deadline is waited for on the server’s clock', async () => {
  const deadlineMs = (await serverNowMs(clickhouse)) + 300
  await waitForDeadline(clickhouse, deadlineMs)
  expect(await serverNowMs(clickhouse)).toBeGreaterThan(deadlineMs)
})

test('a running statement is ended by the beginning of its id, and says that it was refused', async () => {
  const running = refusal(
    clickhouse.rows('SELECT sleepEachRow(1) FROM numbers(60) SETTINGS max_block_size = 1', {
      queryId: `sink/it's/1`,
    }),
  )
  let killed = 0
  while (killed === 0) killed = await killQueries(clickhouse, `sink/it's/`)
  expect(await running).toMatchObject({ kind: 'refused', code: 394 })
})

test('no answer and too late are told from a refusal', async () => {
  const nobody = createClickhouse({
    url: 'http://127.0.0.1:1',
    database: 'none',
    username: 'x',
    password: '',
  })
  expect(await refusal(nobody.rows('SELECT 1'))).toMatchObject({ kind: 'no-answer', retryable: true })
  await nobody.close()
  expect(await refusal(clickhouse.rows('SELECT sleep(3)', { timeoutMs: 100 }))).toMatchObject({
    kind: 'timeout',
  })
  expect(await refusal(clickhouse.rows('SELECT nothing'))).toMatchObject({ kind: 'refused', code: 47 })
})
