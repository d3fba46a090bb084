import type { FastifyInstance } from 'fastify'
import { once } from 'node:events'
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { Agent, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { statusesIn, rawExchange } from '../../hostile/raw-exchange.ts'
import { memoryGateway, NOW_MS } from '../../testing/memory-gateway.ts'
import type { MemoryGateway } from '../../testing/memory-gateway.ts'
import { JSON_TYPE } from './direct-route.ts'

const agent = new Agent({ keepAlive: true })
let gateway: MemoryGateway
let port: number
beforeEach(async () => {
  gateway = memoryGateway()
  await gateway.server.listen({ host: '127.0.0.1', port: 0 })
  port = (gateway.server.server.address() as AddressInfo).port
})
afterEach(() => gateway.server.close())

interface Case {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What an answer says, whichever way it came. */
interface Said {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const SAID_HEADERS = ['content-type', 'content-length', 'retry-after', 'www-authenticate', 'allow']

const saidHeaders = (headers: OutgoingHttpHeaders): Said['headers'] =>
  Object.fromEntries(SAID_HEADERS.map((name) => [name, [headers[name] ?? ''].flat().join()]))

async function overSocket({ path, headers, body }: Case): Promise<Said> {
  const sent = request({ host: '127.0.0.1', port, method: 'POST', path, headers: { ...headers }, agent })
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  return { status: answer.statusCode ?? 0, headers: saidHeaders(answer.headers), body: await text(answer) }
}

async function throughFramework(server: FastifyInstance, { path, headers, body }: Case): Promise<Said> {
  const {
    statusCode,
    headers: said,
    body: payload,
  } = await server.inject({
    method: 'POST',
    url: path,
    headers,
    payload: body,
  })
  return { status: statusCode, headers: saidHeaders(said), body: payload }
}

const PATHS = [
  '/v1/authorizations',
  '/v1/authorizations?x=1',
  '/v1/authorizations/',
  '/v1/events',
  '//v1/events',
]
const TYPES = [
  'application/json',
  JSON_TYPE,
  'application/json;charset=utf-8',
  'application/json; charset=latin1',
  'application/cloudevents+json',
  'text/plain',
]
const ENCODINGS = ['', 'gzip', 'br']
const bodies = () => [
  JSON.stringify({ request_id: 'r', model: 'gpt-5-mini', credits: 1 }),
  JSON.stringify({ request_id: 'r', model: 'gpt-5-mini', credits: 1, api_key: 'proxy' }),
  JSON.stringify({ request_id: 'r', model: 'gpt-5-mini', credits: -1 }),
  JSON.stringify({ request_id: 'r', model: 'nobody-knows', estimated_units: {} }),
  JSON.stringify({
    request_id: 'r',
    timestamp: NOW_MS,
    provider: 'openai',
    model_name: 'gpt-5-mini',
    operation_type: 'completion',
    units: { tokens_input: 10 },
  }),
  '[]',
  '{"a": ',
  'null',
  '\ud800é😀',
]
const credentials = () => [
  `Bearer ${gateway.secrets.registry}`,
  `bearer  ${gateway.secrets.registry}`,
  `Bearer ${gateway.secrets.disabled}`,
  'Basic abc',
]

describe('the answer past the framework is the one through it', () => {
  test.each(PATHS)('%s', async (path) => {
    for (const body of bodies()) {
      for (const type of TYPES) {
        for (const encoding of ENCODINGS) {
          for (const authorization of credentials()) {
            const headers = {
              'content-type': type,
              authorization,
              ...(encoding === '' ? {} : { 'content-encoding': encoding }),
            }
            const of = { path, headers, body }
            const expected = await throughFramework(gateway.server, of)
            expect(await overSocket(of), JSON.stringify(of)).toEqual(expected)
          }
        }
      }
    }
  })

  test('when the log is away, full, or fails in a way that nobody foresaw', async () => {
    const headers = {
      authorization: `Bearer ${gateway.secrets.registry}`,
      'content-type': 'application/json',
    }
    const of = { path: '/v1/events', headers, body: bodies()[4] ?? '' }
    for (const failure of ['unavailable', 'full'] as const) {
      gateway.failWith(failure)
      const expected = await throughFramework(gateway.server, of)
      expect(expected.headers['retry-after']).toBe('1')
      expect(await overSocket(of)).toEqual(expected)
    }
    gateway.failWith(undefined)
    vi.spyOn(gateway.written, 'push').mockImplementation(() => {
      throw new TypeError('of nobody')
    })
    const expected = await throughFramework(gateway.server, of)
    expect(expected.status).toBe(500)
    expect(await overSocket(of)).toEqual(expected)
  })

  test('when the key has used up its rate, or more is under way than fits', async () => {
    await gateway.server.close()
    gateway = memoryGateway({ keyEventsPerSecond: 1, maxInFlightBytes: 1_000 })
    await gateway.server.listen({ host: '127.0.0.1', port: 0 })
    port = (gateway.server.server.address() as AddressInfo).port
    const headers = {
      authorization: `Bearer ${gateway.secrets.registry}`,
      'content-type': 'application/json',
    }
    const of = { path: '/v1/events', headers, body: bodies()[4] ?? '' }
    const statuses: number[] = []
    for (let at = 0; at < 3; at++) statuses.push((await overSocket(of)).status)
    expect(statuses).toEqual([202, 202, 429])
    expect(await overSocket(of)).toEqual(await throughFramework(gateway.server, of))
    gateway.passMs(10_000)
    const large = { ...of, body: `[${' '.repeat(1_000)}]` }
    const refused = await overSocket(large)
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '1' } })
    expect(refused).toEqual(await throughFramework(gateway.server, large))
    expect((await overSocket(of)).status).toBe(202)
  })
})

describe('which way', () => {
  const askFor = (id: string, headers: readonly string[] = []) => {
    const body = JSON.stringify({ request_id: id, model: 'gpt-5-mini', credits: 1 })
    return [
      'POST /v1/authorizations HTTP/1.1',
      'Host: gateway',
      `Authorization: Bearer ${gateway.secrets.registry}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      ...headers,
      '',
      body,
    ].join('\r\n')
  }

  test('the usual request never meets the framework; what is odd, and what comes while it closes, does', async () => {
    const framework = vi.spyOn(gateway.server, 'routing')
    expect(statusesIn(await rawExchange(gateway, askFor('a')))).toEqual([200])
    expect(framework).not.toHaveBeenCalled()
    expect(statusesIn(await rawExchange(gateway, askFor('b', ['Content-Encoding: br'])))).toEqual([415])
    expect(framework).toHaveBeenCalledTimes(1)
    expect(statusesIn(await rawExchange(gateway, askFor('c', ['Expect: 100-continue'])))).toEqual([100, 200])
    expect(framework).toHaveBeenCalledTimes(2)

    const socket = connect({ port, host: '127.0.0.1' })
    await Promise.all([once(socket, 'connect'), once(gateway.server.server, 'connection')])
    let said = ''
    socket.on('data', (bytes: Buffer) => (said += bytes.toString()))
    const closed = gateway.server.close()
    await sleep(50)
    socket.write(askFor('d'))
    await Promise.all([closed, once(socket, 'close')])
    expect(said).toMatch(/^HTTP\/1\.1 200/)
    expect(said).toMatch(/^connection: close\r$/im)
    expect(framework).toHaveBeenCalledTimes(3)
  })

  test('requests in one packet, and one request in many, are answered in their order', async () => {
    const framework = vi.spyOn(gateway.server, 'routing')
    const answer = await rawExchange(gateway, askFor('a') + askFor('b') + askFor('c'))
    expect([...answer.matchAll(/"request_id":"(\w)"/g)].map(([, id]) => id)).toEqual(['a', 'b', 'c'])

    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let said = ''
    socket.on('data', (bytes: Buffer) => (said += bytes.toString()))
    for (const part of askFor('in-parts').match(/[^]{1,40}/g) ?? []) {
      socket.write(part)
      await sleep(1)
    }
    await expect.poll(() => said).toContain('"request_id":"in-parts"')
    socket.destroy()
    expect(framework).not.toHaveBeenCalled()
  })

  test('a client that goes away in the middle of its body, or before its answer, harms nobody', async () => {
    const whole = askFor('gone')
    for (const part of [whole.slice(0, -5), whole]) {
      const socket = connect({ port, host: '127.0.0.1' })
      await once(socket, 'connect')
      socket.write(part)
      await sleep(5)
      socket.resetAndDestroy()
    }
    expect(statusesIn(await rawExchange(gateway, askFor('next')))).toEqual([200])
    expect(gateway.authorizations.reservations()).toBe(2)
  })
})
