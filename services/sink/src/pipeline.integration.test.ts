import { frame, HEADERS, schemaText } from '@meterline/contract'
import avro from 'avsc'
import { afterEach, expect, inject, test } from 'vitest'

import { runTestSink } from './testing/run-sink.ts'
import type { RunningTestSink } from './testing/run-sink.ts'
import { createSinkWorld, eventually } from './testing/sink-world.ts'
import type { SinkWorld } from './testing/sink-world.ts'
import { damagedValue, SAMPLE_SCHEMA_ID, sampleUsage, sampleValue } from './testing/usage-sample.ts'

let world: SinkWorld | undefined
let sink: RunningTestSink | undefined
afterEach(async () => {
  await sink?.stop()
  await world?.close()
  sink = world = undefined
})

const RECORDS = 20_000
const isDamaged = (i: number): boolean => i % 401 === 0

async function startWorld() {
  world = await createSinkWorld(inject('stack'))
  return world
}

async function startSink({ addresses, name, topics, partitions }: SinkWorld) {
  const bounds = { maxRows: 3_000, maxBytes: 8_000_000, maxMonths: 60, maxAgeMs: 200 }
  sink = await runTestSink({ addresses, topics, partitions, bounds, groupPrefix: name, leaseMs: 5_000 })
  return sink
}

async function writeUsage(into: SinkWorld): Promise<void> {
  for (let partition = 0; partition < into.partitions; partition += 1) {
    const mine = Array.from({ length: RECORDS }, (_, i) => i).filter((i) => i % into.partitions === partition)
    const messages = mine.map((i) => ({
      key: sampleUsage(i).request_id,
      value: isDamaged(i) ? damagedValue(i) : sampleValue(i),
    }))
    await into.write(into.topics.usage, partition, messages)
  }
}

test('every valid record is a row, every other is in rejected, and the reports agree with the rows', async () => {
  const { clickhouse, count, topics } = await startWorld()
  const here = world as SinkWorld
  await writeUsage(here)
  await startSink(here)
  const valid = Array.from({ length: RECORDS }, (_, i) => i).filter((i) => !isDamaged(i))
  const damaged = RECORDS - valid.length
  expect(
    await eventually(
      () => count('SELECT count() FROM usage'),
      (n) => n >= valid.length,
    ),
  ).toBe(valid.length)
  expect(
    await eventually(
      () => count('SELECT count() FROM rejected'),
      (n) => n >= damaged,
    ),
  ).toBe(damaged)
  expect(await count('SELECT uniqExact(_partition, _offset) FROM usage')).toBe(valid.length)

  // Column by column, against what was written.
  for (const i of [1, 3, 15, 50, 65, 19_999]) {
    const wanted = sampleUsage(i)
    const [row] = await clickhouse.rows<Record<string, unknown>>(
      `SELECT *, toUnixTimestamp64Milli(timestamp) AS timestamp_ms, toUnixTimestamp64Milli(ingested_at) AS ingested_at_ms FROM usage WHERE request_id = '${wanted.request_id}'`,
    )
    const { timestamp, ingested_at, credits_consumed, ...same } = wanted
    expect(row).toMatchObject(same)
    expect(row).toMatchObject({ timestamp_ms: timestamp, ingested_at_ms: ingested_at })
    expect(Number(row?.['credits_consumed'])).toBe(Number(credits_consumed) / 1e6)
    expect(Math.round(Number(row?.['credits']) * 1e6)).toBe(wanted.credits_micro)
    expect(Math.round(Number(row?.['cost_usd']) * 1e6)).toBe(wanted.cost_usd_micro)
  }

  const reasons = await clickhouse.rows<{ reason: string; n: number }>(
    `SELECT reason, count() AS n FROM rejected WHERE stage = 'sink' AND source_topic = '${topics.usage}' GROUP BY reason`,
  )
  expect(reasons).toEqual([{ reason: 'undecodable', n: damaged }])
  const [kept] = await clickhouse.rows<{ value: string; key: string }>(
    `SELECT base64Encode(value) AS value, key FROM rejected WHERE key = '${sampleUsage(401).request_id}'`,
  )
  expect(Buffer.from(kept?.value ?? '', 'base64')).toEqual(damagedValue(401))

  await expectReportsToAgree(here, valid)
})

async function expectReportsToAgree(
  { clickhouse, count }: SinkWorld,
  valid: readonly number[],
): Promise<void> {
  const perTeamDay = new Map<string, number>()
  for (const i of valid) {
    const { timestamp, team, model_name, credits_micro } = sampleUsage(i)
    const key = `${new Date(timestamp).toISOString().slice(0, 10)} ${team} ${model_name}`
    perTeamDay.set(key, (perTeamDay.get(key) ?? 0) + credits_micro)
  }
  for (const prefix of ['live', 'mv']) {
    if (prefix === 'mv') {
      for (const view of ['credits_by_team', 'model_costs', 'request_summary', 'forecast_inputs']) {
        await clickhouse.command(`SYSTEM REFRESH VIEW mv_${view}`)
        await clickhouse.command(`SYSTEM WAIT VIEW mv_${view}`)
      }
    }
    const rows = await clickhouse.rows<{ key: string; micro: number }>(
      `SELECT concat(toString(day), ' ', team, ' ', model_name) AS key, toInt64(credits * 1000000) AS micro FROM ${prefix}_credits_by_team`,
    )
    expect(new Map(rows.map(({ key, micro }) => [key, micro]))).toEqual(perTeamDay)
    const credits = valid.reduce((sum, i) => sum + sampleUsage(i).credits_micro, 0)
    const cost = valid.reduce((sum, i) => sum + sampleUsage(i).cost_usd_micro, 0)
    expect(await count(`SELECT toInt64(sum(credits) * 1000000) FROM ${prefix}_model_costs`)).toBe(credits)
    expect(await count(`SELECT toInt64(sum(cost_usd) * 1000000) FROM ${prefix}_model_costs`)).toBe(cost)
    expect(await count(`SELECT toInt64(sum(credits) * 1000000) FROM ${prefix}_forecast_inputs`)).toBe(credits)
    expect(await count(`SELECT sum(requests) FROM ${prefix}_request_summary`)).toBe(valid.length)
    const errors = valid.filter((i) => sampleUsage(i).error_code !== null).length
    expect(await count(`SELECT sum(errors) FROM ${prefix}_request_summary`)).toBe(errors)
  }
}

test('alerts, control events and rejected records have a row each; what cannot be read is in rejected', async () => {
  const here = await startWorld()
  const { clickhouse, count, topics } = here
  const alert = {
    specversion: '1.0',
    data: {
      event: 'spend.alert',
      id: 'a1',
      version: 2,
      state: 'firing',
      severity: 'critical',
      rule: 'budget_threshold',
      scope: 'team:payments',
      organization: 'org-1234',
      allocation_id: null,
      threshold: 0.9,
      current_usage_micro: 451_200_000_001,
      monthly_allocation_micro: 500_000_000_000,
      observed: 0.9024,
      baseline: { mean: 1, stddev: 0.5, samples: 30 },
      z: 3.5,
      window: 'month',
      period: '2026-11',
      at: '2026-11-21T03:04:05.678Z',
      notify: ['#ops'],
      action: { type: 'rate_limit', params: {} },
      evidence: { sql: 'SELECT 1' },
      drivers: [],
    },
  }
  const event = {
    schema: 1,
    command_id: 'c1',
    at_ms: 1_763_694_245_678,
    actor: 'admin',
    kind: 'api_key',
    id: 'k1',
    type: 'put',
    data: { id: 'k1', secret_prefix: 'mlk', secret_salt: 'salt-text', secret_hash: 'hash-text' },
  }
  await here.write(topics.alerts, 0, [
    { key: 'team:payments', value: Buffer.from(JSON.stringify(alert)) },
    { key: 'x', value: Buffer.from('no json') },
  ])
  await here.write(topics.control, 1, [{ key: 'api_key:k1', value: Buffer.from(JSON.stringify(event)) }])
  const binary = Buffer.from([0, 255, 10, 10, 59])
  await here.write(topics.rejected, 1, [
    {
      key: null,
      value: binary,
      headers: {
        [HEADERS.reason]: 'unknown_key',
        [HEADERS.stage]: 'attribute',
        [HEADERS.sourceOffset]: '12',
      },
    },
  ])
  await startSink(here)
  await eventually(
    () => count('SELECT count() FROM rejected'),
    (n) => n >= 2,
  )
  await eventually(
    () => count('SELECT count() FROM audit'),
    (n) => n >= 1,
  )
  const [stored] = await clickhouse.rows(
    'SELECT id, version, toString(current_usage) AS usage, at, raw FROM alerts',
  )
  expect(stored).toMatchObject({ id: 'a1', version: 2, usage: '451200.000001', raw: JSON.stringify(alert) })
  const [audit] = await clickhouse.rows<{ data: string; actor: string }>('SELECT * FROM audit')
  expect(audit).toMatchObject({ actor: 'admin', kind: 'api_key' })
  expect(audit?.data).not.toMatch(/salt-text|hash-text/)
  const rejected = await clickhouse.rows(
    'SELECT reason, stage, source_offset, base64Encode(value) AS value FROM rejected ORDER BY reason',
  )
  expect(rejected).toEqual([
    {
      reason: 'undecodable',
      stage: 'sink',
      source_offset: 1,
      value: Buffer.from('no json').toString('base64'),
    },
    { reason: 'unknown_key', stage: 'attribute', source_offset: 12, value: binary.toString('base64') },
  ])
})

/** Twenty bytes of credits: whole Avro, and more than the column holds. */
function overlongDecimal(i: number): Buffer {
  const type = avro.Type.forSchema(
    JSON.parse(schemaText('metered-usage.avsc')) as avro.Schema,
    { wrapUnions: 'never' } as never,
  )
  return frame(SAMPLE_SCHEMA_ID, type.toBuffer({ ...sampleUsage(i), credits_consumed: Buffer.alloc(20, 1) }))
}

test('a record that only the server can tell is bad goes to rejected alone', async () => {
  const here = await startWorld()
  const { count, topics } = here
  const bad = overlongDecimal(500)
  const messages = Array.from({ length: 1_000 }, (_, i) => ({
    key: `r${i}`,
    value: i === 500 ? bad : sampleValue(i),
  }))
  await here.write(topics.usage, 0, messages)
  await here.write(topics.usage, 1, [
    { key: 't', value: null },
    {
      key: 'u',
      value: Buffer.concat([Buffer.from([0, 0, 0, 0, SAMPLE_SCHEMA_ID + 1]), sampleValue(1).subarray(5)]),
    },
  ])
  await startSink(here)
  expect(
    await eventually(
      () => count('SELECT count() FROM usage'),
      (n) => n >= 999,
    ),
  ).toBe(999)
  await eventually(
    () => count('SELECT count() FROM rejected'),
    (n) => n >= 3,
  )
  const reasons = await here.clickhouse.rows('SELECT reason, key FROM rejected ORDER BY reason')
  expect(reasons).toEqual([
    { reason: 'tombstone', key: 't' },
    { reason: 'unknown_schema_id', key: 'u' },
    { reason: 'unstorable', key: 'r500' },
  ])
})
