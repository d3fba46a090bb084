import { FRAME_BYTES, usageEventCodec } from '@meterline/contract'
import * as fc from 'fast-check'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

import { memoryGateway, NOW_MS } from '../../services/gateway/src/testing/memory-gateway.ts'
import { DEADLINE_MS, fuzzParameters } from './budget.ts'
import { mutated } from './mutated.ts'

const { request_id, ...data } = {
  request_id: 'r1',
  timestamp: NOW_MS,
  provider: 'openai',
  model_name: 'gpt-5-mini',
  operation_type: 'completion',
  units: { tokens_input: 10.5, tokens_output: 2 },
  credits_consumed: 0.25,
  usage_labels: { feature: 'chat', 'ü€🜃': '\u0007' },
  response_latency_ms: 12,
  error_code: null,
  user_id: 'u',
}
const event = { request_id, ...data }
const cloudEvent = { specversion: '1.0', type: 'usage.recorded', source: '/a', id: 'b', data }
const SAMPLES = [
  event,
  [event, event, 7],
  cloudEvent,
  [cloudEvent],
  { ...cloudEvent, data: undefined, data_base64: Buffer.from(JSON.stringify(data)).toString('base64') },
].map((value) => Buffer.from(JSON.stringify(value)))
SAMPLES.push(Buffer.from(`${JSON.stringify(event)}\n\n${JSON.stringify(event)}\r\n`))

const contentType = fc.constantFrom(
  'application/json',
  'application/json; charset=utf-8',
  'application/x-ndjson',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
  'application/json; charset="',
  'text/plain',
)
const headers = fc.constantFrom<Record<string, string>>(
  {},
  { 'content-encoding': 'gzip' },
  { 'ce-specversion': '1.0', 'ce-type': 'usage.recorded', 'ce-source': '/a', 'ce-id': '%F0%28' },
)

const gateway = memoryGateway()
const answered = new Map<number, number>()

test(
  'whatever the body, the gateway answers for its sender: never a 500, and what it accepts is an event that can be read',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        mutated(SAMPLES),
        contentType,
        headers,
        fc.boolean(),
        async (body, type, more, whole) => {
          gateway.written.length = 0
          const payload = more['content-encoding'] === 'gzip' && whole ? gzipSync(body) : body
          const { statusCode, body: answer } = await gateway.server.inject({
            method: 'POST',
            url: '/v1/events',
            headers: { authorization: `Bearer ${gateway.secrets.events}`, 'content-type': type, ...more },
            payload,
          })
          answered.set(statusCode, (answered.get(statusCode) ?? 0) + 1)
          expect([202, 400, 413, 415]).toContain(statusCode)
          const { accepted } = JSON.parse(answer) as { accepted?: number }
          expect(acceptedIds()).toHaveLength(accepted ?? 0)
          expect(Object.keys(Object.prototype)).toEqual([])
        },
      ),
      fuzzParameters(),
    )
    process.stdout.write(`answers: ${JSON.stringify(Object.fromEntries(answered))}\n`)
    expect(answered.get(202) ?? 0).toBeGreaterThan(0)
    expect(answered.get(400) ?? 0).toBeGreaterThan(0)
  },
  DEADLINE_MS,
)

function acceptedIds(): string[] {
  return gateway.written
    .filter(({ topic }) => topic === 'usage.events')
    .flatMap(({ messages }) => messages)
    .map(({ value }) => usageEventCodec.decode((value ?? Buffer.alloc(0)).subarray(FRAME_BYTES)).request_id)
}
