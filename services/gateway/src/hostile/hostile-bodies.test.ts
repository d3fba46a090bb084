import { FRAME_BYTES, usageEventCodec } from '@meterline/contract'
import { gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, test } from 'vitest'

import { memoryGateway } from '../testing/memory-gateway.ts'
import type { MemoryGateway } from '../testing/memory-gateway.ts'
import { eventText, postBody } from './post-body.ts'

const MIB = 1024 * 1024
/** Far above what such a body takes, far below what an unbounded parser takes. */
const SOON_MS = 4_000

let gateway: MemoryGateway
beforeEach(() => {
  gateway = memoryGateway()
})

async function soon<T>(work: Promise<T>): Promise<T> {
  const startedMs = performance.now()
  const result = await work
  expect(performance.now() - startedMs).toBeLessThan(SOON_MS)
  return result
}

function events() {
  return gateway.written
    .filter(({ topic }) => topic === 'usage.events')
    .flatMap(({ messages }) => messages)
    .map(({ value }) => usageEventCodec.decode((value ?? Buffer.alloc(0)).subarray(FRAME_BYTES)))
}

describe('gzip bombs', () => {
  const bomb = gzipSync(Buffer.alloc(256 * MIB, ' '))

  test('a body a thousand times as large as it looks is refused', async () => {
    expect(bomb.length).toBeLessThan(2 * MIB)
    const answer = await soon(postBody(gateway, bomb, { 'content-encoding': 'gzip' }))
    expect(answer).toMatchObject({ status: 413, text: expect.stringContaining('body_too_large') as string })
  })

  test('many members behind each other count as one body', async () => {
    const member = gzipSync(Buffer.alloc(MIB, ' '), { level: 9 })
    const answer = await soon(
      postBody(gateway, Buffer.concat(Array.from({ length: 64 }, () => member)), {
        'content-encoding': 'gzip',
      }),
    )
    expect(answer.status).toBe(413)
  })

  test.each(['gzip, gzip', 'gzip,gzip,gzip', 'deflate', 'zstd'])(
    'nothing is unpacked twice, nor by another name: %s',
    async (encoding) => {
      const twice = gzipSync(gzipSync(eventText()))
      expect((await postBody(gateway, twice, { 'content-encoding': encoding })).status).toBe(415)
    },
  )
})

describe('deep JSON', () => {
  const deep = (opening: string, closing: string): string =>
    opening.repeat(1_000_000) + closing.repeat(1_000_000)

  test.each([
    ['arrays', deep('[', ']')],
    ['objects', `${'{"a":'.repeat(500_000)}1${'}'.repeat(500_000)}`],
    ['arrays that do not end', '['.repeat(4_000_000)],
    ['in units', eventText(`"units":${deep('[', ']')}`)],
    ['in a label', eventText(`"usage_labels":{"a":${deep('[', ']')}}`)],
    ['in an unknown field', eventText(`"x":${deep('[', ']')}`)],
    ['in one event of many', `[${eventText()},${deep('[', ']')}]`],
  ])('%s are answered, and the next request too', async (_name, body) => {
    const { status } = await soon(postBody(gateway, body))
    expect([202, 400]).toContain(status)
    expect((await postBody(gateway, eventText())).status).toBe(202)
  })

  test('in a CloudEvent, in its data and in base64', async () => {
    const type = { 'content-type': 'application/cloudevents+json' }
    const head = '"specversion":"1.0","type":"usage.recorded","source":"/a","id":"b"'
    const nested = '['.repeat(500_000) + ']'.repeat(500_000)
    const base64 = Buffer.from(nested).toString('base64')
    for (const data of [`"data":${nested}`, `"data_base64":"${base64}"`, `"ext":${nested}`]) {
      expect((await soon(postBody(gateway, `{${head},${data}}`, type))).status).toBe(400)
    }
  })
})

describe('huge maps', () => {
  const entries = (count: number, value: string): string =>
    Array.from({ length: count }, (_, i) => `"k${i}":${value}`).join(',')

  test.each([
    ['labels', `"usage_labels":{${entries(300_000, '"v"')}}`],
    [
      'labels with names that look like indexes',
      `"usage_labels":{${entries(300_000, '"v"').replaceAll('"k', '"')}}`,
    ],
    ['meters', `"units":{${entries(300_000, '1')}}`],
    ['unknown fields', entries(300_000, '1')],
    ['the same label over and over', `"usage_labels":{${'"a":"b",'.repeat(400_000)}"a":"b"},"z":1`],
    ['one label of a megabyte', `"usage_labels":{"a":"${'x'.repeat(MIB)}"}`],
    ['a label whose name is a megabyte', `"usage_labels":{"${'x'.repeat(MIB)}":"a"}`],
  ])('%s are refused with a sentence that does not repeat them', async (_name, fields) => {
    const { status, text } = await soon(postBody(gateway, eventText(fields)))
    expect(status).toBe(400)
    expect(text.length).toBeLessThan(1_000)
    expect(events()).toEqual([])
  })

  test('65 labels of a CloudEvent header, and its own bound, are answered', async () => {
    const headers = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`ce-x${i}`, 'v']))
    expect((await soon(postBody(gateway, '{}', { ...headers, 'ce-specversion': '1.0' }))).status).toBe(400)
  })
})

describe('prototype pollution', () => {
  test.each([
    ['a field', '"__proto__":{"admin":true}'],
    ['constructor', '"constructor":{"prototype":{"admin":true}}'],
    ['a label', '"usage_labels":{"__proto__":{"admin":"true"}}'],
    ['a text label', '"usage_labels":{"__proto__":"x"}'],
    ['a meter', '"units":{"__proto__":{"tokens_input":5}}'],
    ['a number of a meter', '"units":{"__proto__":5}'],
  ])('%s named after the prototype is refused, and no object has anything new', async (_name, fields) => {
    expect((await postBody(gateway, eventText(fields))).status).toBe(400)
    expect('admin' in {}).toBe(false)
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  test('required fields are not taken from a prototype', async () => {
    const { status, text } = await postBody(gateway, `{"__proto__":${eventText()}}`)
    expect(status).toBe(400)
    expect(text).toContain('request_id is missing')
  })

  test('in CloudEvents: attributes, data, headers', async () => {
    const head = '"specversion":"1.0","type":"usage.recorded","source":"/a","id":"b"'
    const structured = { 'content-type': 'application/cloudevents+json' }
    for (const body of [
      `{${head},"__proto__":{"data":${eventText()}}}`,
      `{${head},"data":{"__proto__":{"admin":true}}}`,
    ]) {
      expect((await postBody(gateway, body, structured)).status).toBe(400)
    }
    const binary = { 'ce-specversion': '1.0', 'ce-__proto__': 'x', 'ce-constructor': 'y' }
    await postBody(gateway, eventText(), binary)
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  test('names of object methods are labels like any other', async () => {
    const labels = '"usage_labels":{"constructor":"a","toString":"b","hasOwnProperty":"c","valueOf":"d"}'
    expect((await postBody(gateway, eventText(labels))).status).toBe(202)
    expect(events()[0]?.usage_labels).toMatchObject({ constructor: 'a', toString: 'b', hasOwnProperty: 'c' })
  })
})
