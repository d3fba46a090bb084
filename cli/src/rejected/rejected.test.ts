import { frame, usageEventCodec } from '@meterline/contract'
import type { SchemaReader } from '@meterline/contract'
import type { UsageEvent } from '@meterline/domain'
import { expect, test } from 'vitest'

import { judgeReplay } from './judge-replay.ts'
import { readRejected } from './read-rejected.ts'
import type { RejectedRow } from './rejected-rows.ts'
import { rejectedDetails } from './rejected-text.ts'
import { parseSince } from './since.ts'

const KNOWN_SCHEMA_ID = 7
const schemas: SchemaReader<UsageEvent> = {
  prepare: () => Promise.resolve(),
  of: (id) =>
    id === KNOWN_SCHEMA_ID
      ? { kind: 'same', decode: (datum) => usageEventCodec.decode(datum) }
      : { kind: 'unknown', error: `no schema has the id ${id}` },
}

const JSON_EVENT = {
  request_id: 'r1',
  timestamp: '2026-11-21T10:00:00Z',
  provider: 'openai',
  model_name: 'gpt-5-mini',
  operation_type: 'completion',
  units: { tokens_input: 5 },
}

function row(changes: Partial<RejectedRow>): RejectedRow {
  return {
    id: '3/120',
    timeMs: Date.UTC(2026, 10, 21),
    reason: 'unknown_key',
    stage: 'attribute',
    error: 'not registered',
    sourceTopic: 'usage.events',
    sourcePartition: 3,
    sourceOffset: 9,
    apiKeyId: 'key_a',
    key: Buffer.from('r1'),
    value: Buffer.alloc(0),
    headers: {},
    ...changes,
  }
}

const request = (body: unknown, changes: Partial<RejectedRow> = {}): RejectedRow =>
  row({ stage: 'gateway', sourceTopic: '', value: Buffer.from(JSON.stringify(body)), ...changes })

async function judged(rejected: RejectedRow) {
  return judgeReplay(rejected, await readRejected(rejected, schemas))
}

test('what the gateway refused goes through it again, as usage of the key that sent it', async () => {
  expect(await judged(request(JSON_EVENT))).toMatchObject({
    kind: 'request',
    event: { request_id: 'r1', api_key_id: 'key_a' },
  })
})

test('a binary CloudEvent is made whole from its kept headers', async () => {
  const { request_id: _, timestamp, ...data } = JSON_EVENT
  const headers = {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: 'r 1%',
    ce_source: 'app',
    ce_type: 'usage.recorded',
    ce_time: timestamp,
  }
  expect(await judged(request(data, { headers }))).toMatchObject({
    kind: 'request',
    event: { request_id: 'r 1%', timestamp: Date.parse(timestamp) },
  })
})

test('the admin token sends for no other key than the one that sent it', async () => {
  const stolen = request({ ...JSON_EVENT, api_key_id: 'key_b' })
  expect(await judged(stolen)).toMatchObject({ kind: 'skip', why: expect.stringContaining('another key') })
  expect(await judged({ ...stolen, apiKeyId: 'admin' })).toMatchObject({ kind: 'request' })
})

test('records go as received once they can be read; what still cannot, or was counted, does not', async () => {
  const { value: datum } = { value: usageEventCodec.encode(avroEvent()) }
  const framed = (id: number) => row({ value: frame(id, datum) })
  expect(await judged(framed(KNOWN_SCHEMA_ID))).toMatchObject({ kind: 'record', event: { request_id: 'r1' } })
  expect(await judged(framed(99))).toMatchObject({ kind: 'skip', why: expect.stringContaining('99') })
  expect(await judged(row({}))).toMatchObject({ kind: 'skip', why: expect.stringContaining('no value') })
  expect(
    await judged({ ...framed(KNOWN_SCHEMA_ID), stage: 'sink', sourceTopic: 'usage.metered' }),
  ).toMatchObject({
    kind: 'skip',
    why: expect.stringContaining('counted already'),
  })
})

test('bytes that are no text are shown in hex, and nothing commands the terminal', async () => {
  const hostile = row({
    value: Buffer.from([0, 255, 10]),
    error: '\u001B[2Jgone',
    headers: { a: '\u001B]0;x' },
  })
  const text = rejectedDetails(hostile, await readRejected(hostile, schemas))
  expect(text).toContain('3 bytes as hex\n  00ff0a')
  expect(text).not.toContain('\u001B')
})

test('since is a stretch of time or a moment', () => {
  expect(parseSince('2h', 10_000_000)).toBe(2_800_000)
  expect(parseSince('2026-11-01T00:00:00Z', 0)).toBe(Date.UTC(2026, 10, 1))
  expect(parseSince('yesterday', 0)).toBeUndefined()
})

function avroEvent(): UsageEvent {
  return {
    ...JSON_EVENT,
    timestamp: Date.parse(JSON_EVENT.timestamp),
    operation_type: 'completion',
    api_key_id: 'key_a',
    credits_consumed: null,
    usage_labels: {},
    response_latency_ms: null,
    error_code: null,
    user_id: null,
    customer_id: null,
    endpoint: null,
    prompt_version: null,
    product: null,
    session_id: null,
    corrects: null,
  }
}
