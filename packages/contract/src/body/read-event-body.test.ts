import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { COMPLETE_EVENT, SMALLEST_EVENT } from '../json/usage-event.test-data.ts'
import { elementRanges } from './element-ranges.ts'
import { MAX_EVENTS_PER_BODY } from './event-body.ts'
import type { EventBody } from './event-body.ts'
import { readEventBody } from './read-event-body.ts'

const { request_id: id, timestamp: time, ...data } = COMPLETE_EVENT
const CLOUD_EVENT = { specversion: '1.0', type: 'usage.recorded', source: '/app', id, time, data }

function read(body: unknown, contentType: string | undefined, headers: Record<string, string> = {}) {
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return readEventBody({ body: bytes, contentType, headers })
}

function bodyOf(...args: Parameters<typeof read>): EventBody {
  const result = read(...args)
  if (!result.ok) throw new Error(result.fault.message)
  return result.body
}

function faultOf(...args: Parameters<typeof read>): string {
  const result = read(...args)
  return result.ok ? 'none' : result.fault.code
}

/** Per event `true`, or the field that it was refused for. */
function outcomes(body: EventBody): (true | string)[] {
  return Array.from({ length: body.count }, (_, index) => {
    const parsed = body.parse(index)
    return parsed.ok ? true : (parsed.problem.field ?? parsed.problem.reason)
  })
}

describe('JSON', () => {
  test('an object, an array, an empty array', () => {
    expect(outcomes(bodyOf(SMALLEST_EVENT, 'application/json'))).toEqual([true])
    expect(
      outcomes(bodyOf([SMALLEST_EVENT, { ...SMALLEST_EVENT, x: 1 }], 'application/json; charset=UTF-8')),
    ).toEqual([true, 'x'])
    expect(bodyOf([], 'application/json').count).toBe(0)
  })

  test('keeps the bytes of one refused event as they came', () => {
    const second = '{ "a" : "],[}{\\"é" ,"n": 1e999 }'
    const body = bodyOf(` [ ${JSON.stringify(SMALLEST_EVENT)} ,\n${second}\t, 7,"x" ] `, 'application/json')
    expect([1, 2, 3].map((index) => body.raw(index).toString())).toEqual([second, '7', '"x"'])
  })

  test('a million nested arrays are refused, not a stack overflow', () => {
    const deep = '['.repeat(1_000_000)
    expect(faultOf(deep, 'application/json')).toBe('malformed_json')
    expect(outcomes(bodyOf(`[${deep}${']'.repeat(1_000_000)}]`, 'application/json'))).toEqual(['undecodable'])
  })

  test('bounds the number of events', () => {
    const many = Array.from({ length: MAX_EVENTS_PER_BODY + 1 }, () => 1)
    expect(faultOf(many, 'application/json')).toBe('too_many_events')
    expect(faultOf(many.join('\n'), 'application/x-ndjson')).toBe('too_many_events')
  })
})

test('NDJSON: a line that is no JSON is refused alone, empty lines do not count', () => {
  const line = JSON.stringify(SMALLEST_EVENT)
  const body = bodyOf(`${line}\r\n\n{"a"\n${line}`, 'application/x-ndjson')
  expect(outcomes(body)).toEqual([true, 'undecodable', true])
  expect(body.raw(1).toString()).toBe('{"a"')
})

describe('CloudEvents', () => {
  const parsed = (body: EventBody) => {
    const result = body.parse(0)
    return result.ok ? result.usage : result.problem
  }
  const expected = {
    request_id: id,
    timestamp: Date.parse(time),
    model_name: 'gpt-5-mini',
    user_id: 'u_4411',
  }

  test('structured', () => {
    expect(parsed(bodyOf(CLOUD_EVENT, 'application/cloudevents+json; charset=UTF-8'))).toMatchObject(expected)
  })

  test('data as base64, and extensions of the transport', () => {
    const data_base64 = Buffer.from(JSON.stringify(data)).toString('base64')
    const event = { ...CLOUD_EVENT, data: undefined, data_base64, traceparent: '00-ab-cd-01', subject: null }
    expect(parsed(bodyOf(event, 'application/cloudevents+json'))).toMatchObject(expected)
  })

  test('batch', () => {
    const batch = [CLOUD_EVENT, { ...CLOUD_EVENT, specversion: '0.3' }]
    expect(outcomes(bodyOf(batch, 'application/cloudevents-batch+json'))).toEqual([true, 'specversion'])
    expect(bodyOf([], 'application/cloudevents-batch+json').count).toBe(0)
    expect(faultOf(CLOUD_EVENT, 'application/cloudevents-batch+json')).toBe('malformed_json')
  })

  test('binary, with percent-encoded attributes that are kept beside the bytes', () => {
    const headers = {
      'ce-specversion': '1.0',
      'ce-type': 'usage.recorded',
      'ce-source': '/a',
      'ce-id': 'a%20b%22',
      'ce-time': time,
    }
    const body = bodyOf(data, 'application/json', headers)
    expect(parsed(body)).toMatchObject({ ...expected, request_id: 'a b"' })
    expect(body.keptHeaders).toMatchObject({
      ce_id: 'a b"',
      ce_specversion: '1.0',
      'content-type': 'application/json',
    })
  })

  test.each([
    [{ type: 'other' }, 'type'],
    [{ id: '' }, 'id'],
    [{ source: undefined }, 'source'],
    [{ data_base64: 'e30=' }, 'data_base64'],
    [{ datacontenttype: 'text/xml' }, 'datacontenttype'],
    [{ data: { ...data, request_id: 'another' } }, 'data.request_id'],
    [{ provider: 'openai' }, 'provider'],
    [{ Odd_Name: 1 }, 'Odd_Name'],
    [{ nested: {} }, 'nested'],
    [{ data: 7 }, 'undecodable'],
    [{ time: 'noon' }, 'timestamp'],
  ])('refuses %j', (change, field) => {
    expect(outcomes(bodyOf({ ...CLOUD_EVENT, ...change }, 'application/cloudevents+json'))).toEqual([field])
  })
})

test.each([
  ['', 'application/json', 'empty_body'],
  ['{"a"', 'application/json', 'malformed_json'],
  [Buffer.from([0x22, 0xff, 0x22]), 'application/json', 'malformed_json'],
  ['{}', undefined, 'unsupported_media_type'],
  ['{}', 'text/plain', 'unsupported_media_type'],
  ['{}', 'application/json; charset=latin1', 'unsupported_media_type'],
  ['{}', 'application/cloudevents+avro', 'unsupported_media_type'],
])('a body %j of type %s: %s', (body, contentType, code) => {
  expect(faultOf(body, contentType)).toBe(code)
})

test('element ranges are the elements, for any array', () => {
  const spaced = fc.constantFrom(undefined, 1, '\t')
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), spaced, (values, space) => {
      const text = Buffer.from(JSON.stringify(values, null, space))
      const found = elementRanges(text).map(
        ([from, to]) => JSON.parse(text.toString('utf8', from, to)) as unknown,
      )
      expect(found).toEqual(JSON.parse(text.toString()))
    }),
  )
})

test('no bytes under any content type make it throw', () => {
  const contentType = fc.constantFrom(
    'application/json',
    'application/x-ndjson',
    'application/cloudevents+json',
    'application/cloudevents-batch+json',
  )
  const anyBody = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    fc.json().map((text) => Buffer.from(text.slice(0, -1))),
  )
  const headers = fc.constantFrom<Record<string, string>>(
    {},
    { 'ce-specversion': '1.0', 'ce-__proto__': 'x', 'ce-id': '%' },
  )
  fc.assert(
    fc.property(anyBody, contentType, headers, (body, type, ce) => {
      const result = readEventBody({ body, contentType: type, headers: ce })
      if (!result.ok) return
      for (let index = 0; index < result.body.count; index++) {
        if (!result.body.parse(index).ok) result.body.raw(index)
      }
    }),
  )
  expect(Object.keys(Object.prototype)).toEqual([])
})
