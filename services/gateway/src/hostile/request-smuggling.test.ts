import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { memoryGateway, NOW_MS } from '../testing/memory-gateway.ts'
import type { MemoryGateway } from '../testing/memory-gateway.ts'
import { rawExchange, statusesIn } from './raw-exchange.ts'

let gateway: MemoryGateway
beforeEach(async () => {
  gateway = memoryGateway()
  await gateway.server.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(() => gateway.server.close())

const EVENT = JSON.stringify({
  request_id: 'r1',
  timestamp: NOW_MS,
  provider: 'openai',
  model_name: 'gpt-5-mini',
  operation_type: 'completion',
  units: { tokens_input: 10 },
})
const CHUNKED = `${EVENT.length.toString(16)}\r\n${EVENT}\r\n0\r\n\r\n`
/** What an attacker would like to be read as the next request, of whoever comes next on the connection. */
const HIDDEN = 'GET /v1/whoami HTTP/1.1\r\nHost: x\r\n\r\n'

function request(headers: readonly string[], body: string, credential = gateway.secrets.registry): string {
  return [
    'POST /v1/events HTTP/1.1',
    'Host: gateway',
    `Authorization: Bearer ${credential}`,
    'Content-Type: application/json',
    ...headers,
    '',
    body,
  ].join('\r\n')
}

test('an honest request over a raw socket is taken, by length and in chunks: the refusals below are for what they say', async () => {
  const byLength = await rawExchange(gateway, request([`Content-Length: ${EVENT.length}`], EVENT))
  expect(statusesIn(byLength)).toEqual([202])
  expect(statusesIn(await rawExchange(gateway, request(['Transfer-Encoding: chunked'], CHUNKED)))).toEqual([
    202,
  ])
})

describe('a request whose length can be read in two ways is refused, and its connection ends', () => {
  test.each<[string, string[], string]>([
    ['length and chunks', [`Content-Length: ${EVENT.length}`, 'Transfer-Encoding: chunked'], CHUNKED],
    ['chunks and length', ['Transfer-Encoding: chunked', 'Content-Length: 4'], CHUNKED],
    ['two lengths', ['Content-Length: 2', `Content-Length: ${EVENT.length}`], EVENT],
    ['two equal lengths', [`Content-Length: ${EVENT.length}`, `Content-Length: ${EVENT.length}`], EVENT],
    ['a list of lengths', [`Content-Length: ${EVENT.length}, 2`], EVENT],
    ['a length with a sign', [`Content-Length: +${EVENT.length}`], EVENT],
    ['a length below zero', ['Content-Length: -1'], EVENT],
    ['a length in hexadecimal', ['Content-Length: 0x10'], EVENT],
    ['a length of more than 64 bits', ['Content-Length: 184467440737095516160'], EVENT],
    ['chunked not last', ['Transfer-Encoding: chunked, identity'], CHUNKED],
    ['an unknown encoding', ['Transfer-Encoding: xchunked'], CHUNKED],
    [
      'chunked behind another header line',
      ['Transfer-Encoding: identity', 'Transfer-Encoding: chunked', 'Content-Length: 4'],
      CHUNKED,
    ],
    ['a space before the colon', ['Transfer-Encoding : chunked'], CHUNKED],
    ['a folded header', ['X-Note: a', ' Transfer-Encoding: chunked'], CHUNKED],
    ['a bare carriage return in a header', [`X-Note: a\rTransfer-Encoding: chunked`], CHUNKED],
    ['a NUL in a header', ['X-Note: a\0b'], EVENT],
    ['a chunk size below zero', ['Transfer-Encoding: chunked'], `-1\r\n${EVENT}\r\n0\r\n\r\n`],
    ['a chunk size that is no number', ['Transfer-Encoding: chunked'], `zz\r\n${EVENT}\r\n0\r\n\r\n`],
    [
      'a chunk size of more than 64 bits',
      ['Transfer-Encoding: chunked'],
      `FFFFFFFFFFFFFFFFF\r\n${EVENT}\r\n0\r\n\r\n`,
    ],
    ['a chunk that ends elsewhere', ['Transfer-Encoding: chunked'], `2\r\n${EVENT}\r\n0\r\n\r\n`],
  ])('%s', async (_name, headers, body) => {
    const answer = await rawExchange(gateway, request(headers, body + HIDDEN))
    expect(statusesIn(answer)).toEqual([400])
    expect(gateway.written.filter(({ topic }) => topic === 'usage.events')).toEqual([])
  })
})

test.each<[number, string, () => string]>([
  [401, 'without a known credential', () => request([`Content-Length: ${HIDDEN.length}`], HIDDEN, 'nobody')],
  [
    403,
    'of a disabled key',
    () => request([`Content-Length: ${HIDDEN.length}`], HIDDEN, gateway.secrets.disabled),
  ],
  [413, 'that is too large', () => request(['Content-Length: 99999999'], HIDDEN)],
  [
    415,
    'of another type',
    () => request([`Content-Length: ${HIDDEN.length}`, 'Content-Encoding: br'], HIDDEN),
  ],
])('%i: the unread body of a request %s is never read as the next request', async (status, _name, text) => {
  expect(statusesIn(await rawExchange(gateway, text()))).toEqual([status])
})

test('a request with a header of more than the bound is refused', async () => {
  const answer = await rawExchange(
    gateway,
    request([`X-Note: ${'a'.repeat(20_000)}`, 'Content-Length: 2'], '[]'),
  )
  expect(statusesIn(answer)).toEqual([431])
})
