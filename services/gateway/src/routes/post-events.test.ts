import { framedSchemaId, FRAME_BYTES, HEADERS, partitionForKey, usageEventCodec } from '@meterline/contract'
import { gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, test } from 'vitest'

import { ADMIN_TOKEN, memoryGateway, NOW_MS } from '../testing/memory-gateway.ts'
import type { MemoryGateway } from '../testing/memory-gateway.ts'
import { CANONICAL_LABELS } from '../testing/sample-organization.ts'
import type { SampleKey } from '../testing/sample-organization.ts'
import { send } from '../testing/send.ts'

let gateway: MemoryGateway
beforeEach(() => {
  gateway = memoryGateway()
})

const event = (change: object = {}) => ({
  request_id: 'r1',
  timestamp: NOW_MS,
  provider: 'openai',
  model_name: 'gpt-5-mini',
  operation_type: 'completion',
  units: { tokens_input: 10, tokens_output: 2 },
  ...change,
})

interface Sent {
  readonly as?: SampleKey | 'admin'
  readonly headers?: Record<string, string | undefined>
}

interface Body {
  readonly accepted?: number
  readonly rejected?: unknown[]
  readonly error?: { readonly code: string }
}

async function post(body: unknown, { as = 'registry', headers = {} }: Sent = {}) {
  const secret = as === 'admin' ? ADMIN_TOKEN : gateway.secrets[as]
  const payload = Buffer.isBuffer(body) || typeof body === 'string' ? body : JSON.stringify(body)
  const given = { authorization: `Bearer ${secret}`, 'content-type': 'application/json', ...headers }
  const defined = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const response = await send(gateway.server, {
    method: 'POST',
    url: '/v1/events',
    headers: defined,
    payload,
  })
  return {
    status: response.statusCode,
    body: JSON.parse(response.body) as Body,
    retryAfter: response.headers['retry-after'],
  }
}

/** Records of a topic, in the order they were given. */
function written(topic: string) {
  return gateway.written
    .filter((batch) => batch.topic === topic)
    .flatMap(({ partition, messages }) => messages.map((message) => ({ partition, ...message })))
}

function decoded(value: Buffer | null) {
  return usageEventCodec.decode((value ?? Buffer.alloc(0)).subarray(FRAME_BYTES))
}

describe('what is accepted', () => {
  test('is framed Avro under its request id, on the partition of that, with the labels of the key', async () => {
    expect(await post(event())).toMatchObject({ status: 202, body: { accepted: 1, rejected: [] } })
    const [record] = written('usage.events')
    expect(record?.key?.toString()).toBe('r1')
    expect(record?.partition).toBe(partitionForKey('r1', 8))
    expect(framedSchemaId(record?.value ?? Buffer.alloc(0))).toBe(7)
    expect(decoded(record?.value ?? null)).toMatchObject({
      request_id: 'r1',
      api_key_id: 'registry',
      timestamp: NOW_MS,
      usage_labels: CANONICAL_LABELS,
    })
    expect(record?.headers).toEqual({ [HEADERS.attributedBy]: 'gateway', [HEADERS.controlOffset]: '9' })
  })

  test('keeps free labels, and the labels of an event whose key brings none', async () => {
    await post(event({ usage_labels: { feature: 'chat', team: 'payments' } }))
    expect(decoded(written('usage.events')[0]?.value ?? null).usage_labels).toEqual({
      ...CANONICAL_LABELS,
      feature: 'chat',
    })
    await post(event({ usage_labels: { team: 'other' } }), { as: 'events' })
    const [, record] = written('usage.events')
    expect(decoded(record?.value ?? null).usage_labels).toEqual({ team: 'other', tier: 'gold' })
    expect(record?.headers).not.toHaveProperty(HEADERS.attributedBy)
  })

  test('comes in every wrapping, gzip too', async () => {
    const line = JSON.stringify(event())
    const { request_id: id, ...data } = event()
    const cloudEvent = { specversion: '1.0', type: 'usage.recorded', source: '/a', id, data }
    const ndjson = { 'content-type': 'application/x-ndjson' }
    const gzip = { 'content-encoding': 'gzip' }
    const binary = { 'ce-specversion': '1.0', 'ce-type': 'usage.recorded', 'ce-source': '/a', 'ce-id': 'b' }
    expect((await post([event(), event({ request_id: 'r2' })])).body.accepted).toBe(2)
    expect((await post(`${line}\n${line}\n`, { headers: ndjson })).body.accepted).toBe(2)
    expect((await post(gzipSync(line), { headers: gzip })).body.accepted).toBe(1)
    expect(
      (await post(cloudEvent, { headers: { 'content-type': 'application/cloudevents+json' } })).body.accepted,
    ).toBe(1)
    expect(
      (await post([cloudEvent], { headers: { 'content-type': 'application/cloudevents-batch+json' } })).body
        .accepted,
    ).toBe(1)
    expect((await post(data, { headers: binary })).body.accepted).toBe(1)
    expect((await post([])).body).toEqual({ accepted: 0, rejected: [] })
  })

  test('an event of more than the scratch buffer', async () => {
    const labels = Object.fromEntries(
      Array.from({ length: 55 }, (_, i) => [`${'€'.repeat(250)}${i}`, '€'.repeat(250)]),
    )
    const units = Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`${'é'.repeat(120)}${i}`, i]))
    await post(event({ usage_labels: labels, units, request_id: 'é'.repeat(128) }))
    expect(decoded(written('usage.events')[0]?.value ?? null).units).toEqual(units)
  })
})

describe('who may send', () => {
  test.each([
    ['disabled', 403, 'disabled_key'],
    ['expired', 403, 'expired_key'],
  ] as const)('a %s key: %i', async (as, status, code) => {
    expect(await post(event(), { as })).toMatchObject({ status, body: { error: { code } } })
  })

  test.each([
    [undefined, 'missing_credential'],
    ['Basic abc', 'missing_credential'],
    ['Bearer nonsense', 'unknown_key'],
    [`Bearer mlk_${'a'.repeat(12)}_${'b'.repeat(43)}`, 'unknown_key'],
  ])('%s is 401', async (authorization, code) => {
    expect(await post(event(), { headers: { authorization } })).toMatchObject({
      status: 401,
      body: { error: { code } },
    })
  })

  test('the right prefix with another secret is 401', async () => {
    const secret = gateway.secrets.registry
    const authorization = `Bearer ${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`
    expect((await post(event(), { headers: { authorization } })).status).toBe(401)
  })

  test.each([
    ['registry', 'registry', 202],
    ['registry', 'events', 400],
    ['proxy', 'registry', 202],
    ['proxy', 'unheard-of', 400],
    ['proxy', 'disabled', 400],
    ['admin', 'registry', 202],
    ['admin', undefined, 400],
    ['homeless', undefined, 400],
  ] as const)('%s sends for %s: %i', async (as, api_key_id, status) => {
    expect((await post(event({ api_key_id }), { as })).status).toBe(status)
    const [record] = written('usage.events')
    expect(record === undefined ? undefined : decoded(record.value).api_key_id).toBe(
      status === 202 ? api_key_id : undefined,
    )
  })
})

describe('what is refused', () => {
  test('is told by index, id, code, sentence and field, is kept as it came, and stops nothing else', async () => {
    const bad = '{"request_id":"r2", "modle":1}'
    const body = `[${JSON.stringify(event())}, ${bad} ,7]`
    const answer = await post(body)
    expect(answer.status).toBe(202)
    expect(answer.body).toMatchObject({
      accepted: 1,
      rejected: [
        {
          index: 1,
          request_id: 'r2',
          code: 'invalid_field',
          field: 'timestamp',
          message: /timestamp is missing/,
        },
        { index: 2, request_id: null, code: 'undecodable', field: null },
      ],
    })
    const kept = written('usage.rejected').find(({ key }) => key === 'r2')
    expect(kept?.value?.toString()).toBe(bad)
    expect(kept?.headers).toMatchObject({
      [HEADERS.reason]: 'invalid_field',
      [HEADERS.stage]: 'gateway',
      [HEADERS.apiKeyId]: 'registry',
      'content-type': 'application/json',
    })
  })

  test.each([
    [{ units: { tokens_input: 10, tokens_input_cached: 11 } }, 'invalid_field', 'units.tokens_input'],
    [{ usage_labels: { team: 'search' } }, 'contradicting_label', 'usage_labels.team'],
    [{ usage_labels: { tier: 'silver' } }, 'contradicting_label', 'usage_labels.tier'],
    [{ timestamp: NOW_MS + 300_001 }, 'timestamp_in_future', 'timestamp'],
    [{ timestamp: '2019-01-01T00:00:00Z' }, 'timestamp_too_old', 'timestamp'],
    [{ request_id: 'x'.repeat(129) }, 'invalid_field', 'request_id'],
    [{ units: { tokens_input: -1 } }, 'invalid_field', 'units.tokens_input'],
    [{ model: 'x' }, 'invalid_field', 'model'],
  ])('%j is %s', async (change, code, field) => {
    const answer = await post(event(change))
    expect(answer).toMatchObject({
      status: 400,
      body: { accepted: 0, rejected: [{ index: 0, code, field }] },
    })
    expect(written('usage.events')).toEqual([])
    expect(written('usage.rejected')).toHaveLength(1)
  })

  test('a body that is no JSON is kept whole', async () => {
    expect(await post('{"a": ')).toMatchObject({ status: 400, body: { error: { code: 'malformed_json' } } })
    expect(written('usage.rejected')[0]?.value?.toString()).toBe('{"a": ')
  })

  test('more refused bytes than the bound are answered, and not kept', async () => {
    for (let i = 0; i < 4; i++) await post(`"${'x'.repeat(9_000)}"`)
    expect(written('usage.rejected')).toHaveLength(2)
    expect((await post([event(), 7])).body).toMatchObject({ accepted: 1, rejected: [{ index: 1 }] })
  })
})

describe('bounds', () => {
  test.each([
    [Buffer.alloc(5 * 1024 * 1024 + 1, 'x'), {}, 413, 'body_too_large'],
    [gzipSync(Buffer.alloc(5 * 1024 * 1024 + 1, ' ')), { 'content-encoding': 'gzip' }, 413, 'body_too_large'],
    [`[${'7,'.repeat(10_000)}7]`, {}, 413, 'too_many_events'],
    ['not gzip', { 'content-encoding': 'gzip' }, 400, 'malformed_gzip'],
    ['{}', { 'content-encoding': 'br' }, 415, 'unsupported_encoding'],
    ['{}', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    ['{}', { 'content-type': undefined }, 415, 'unsupported_media_type'],
    ['', {}, 400, 'empty_body'],
  ] as const)('case %#', async (body, headers, status, code) => {
    expect(await post(body, { headers })).toMatchObject({ status, body: { error: { code } } })
    expect(written('usage.events')).toEqual([])
  })

  test('the rate of a key: a batch passes while anything is left, then 429 until it is made up', async () => {
    gateway = memoryGateway({ keyEventsPerSecond: 10 })
    const batch = Array.from({ length: 40 }, (_, i) => event({ request_id: `r${i}` }))
    expect((await post(batch)).status).toBe(202)
    expect(await post(event())).toMatchObject({
      status: 429,
      retryAfter: '3',
      body: { error: { code: 'rate_limited' } },
    })
    expect((await post(event(), { as: 'events' })).status).toBe(202)
    gateway.passMs(3_000)
    expect((await post(event())).status).toBe(202)
  })

  test('more bytes in flight than fit is 429, and they are given back', async () => {
    gateway = memoryGateway({ maxInFlightBytes: 300 })
    expect(await post([event(), event(), event()])).toMatchObject({ status: 429, retryAfter: '1' })
    for (let i = 0; i < 5; i++) expect((await post(event())).status).toBe(202)
  })
})

test.each([
  ['unavailable', 503, 'log_unavailable'],
  ['full', 429, 'too_many_bytes_in_flight'],
] as const)('a log that is %s is %i with Retry-After, never 202', async (failure, status, code) => {
  gateway.failWith(failure)
  expect(await post(event())).toMatchObject({ status, retryAfter: '1', body: { error: { code } } })
  expect((await post('{')).status).toBe(status)
})
