import { afterEach, expect, test } from 'vitest'

import { OK, startReceiver } from '../testing/receiver.ts'
import type { Behaviour, Receiver } from '../testing/receiver.ts'
import { createOutgoingClient } from './outgoing-client.ts'
import type { OutgoingClient } from './outgoing-client.ts'

const TIMEOUT_MS = 400
let receiver: Receiver | undefined
let client: OutgoingClient | undefined
afterEach(async () => {
  await client?.close()
  await receiver?.close()
  receiver = client = undefined
})

async function post(behaviour: Behaviour, options: { tls?: boolean; allowPrivate?: boolean } = {}) {
  receiver = await startReceiver({ tls: options.tls ?? false })
  receiver.behave(behaviour)
  client = createOutgoingClient({ allowPrivate: options.allowPrivate ?? true, attemptTimeoutMs: TIMEOUT_MS })
  const signal = new AbortController().signal
  const startedMs = performance.now()
  const answer = await client.send({ url: receiver.url, body: '{}', signal }).catch((error: unknown) => error)
  return { answer, tookMs: performance.now() - startedMs }
}

test.each([
  ['a plain 200', OK],
  ['200 and a body that never ends', { kind: 'endless-body', status: 200 }],
  ['200 and a body that drips', { kind: 'drip-body', status: 200 }],
  ['200 and a body that breaks off', { kind: 'broken-body', status: 200 }],
] as const)('%s is taken at its status', async (_name, behaviour) => {
  const { answer, tookMs } = await post(behaviour)
  expect(answer).toMatchObject({ status: 200, text: '' })
  expect(tookMs).toBeLessThan(TIMEOUT_MS)
})

test('of a refusal whose body never ends 64 KiB are read', async () => {
  const { answer } = await post({ kind: 'endless-body', status: 500 })
  expect(answer).toMatchObject({ status: 500 })
  expect((answer as { text: string }).text).toHaveLength(64 * 1024)
})

test('a refusal whose body breaks off is shown as far as it came', async () => {
  expect((await post({ kind: 'broken-body', status: 500 })).answer).toMatchObject({
    status: 500,
    text: 'half',
  })
})

test.each([
  ['says nothing', { kind: 'silent' }],
  ['drips its headers', { kind: 'drip-headers' }],
] as const)('a receiver that %s is cut off at the deadline', async (_name, behaviour) => {
  const { answer, tookMs } = await post(behaviour)
  expect(answer).toMatchObject({ name: 'OutgoingError', code: 'timeout', retryable: true })
  expect(tookMs).toBeLessThan(TIMEOUT_MS * 3)
})

test('one that drips the body of a refusal is cut off, and its status counts', async () => {
  expect((await post({ kind: 'drip-body', status: 500 })).answer).toMatchObject({ status: 500 })
})

test('a connection closed half way is broken', async () => {
  expect((await post({ kind: 'broken-headers' })).answer).toMatchObject({ code: 'connection_broken' })
})

test('a certificate that nobody signed is not accepted', async () => {
  expect((await post(OK, { tls: true })).answer).toMatchObject({ code: 'tls' })
  expect(receiver?.requests).toEqual([])
})

test('a redirect is an answer, and nobody follows it', async () => {
  const target = await startReceiver()
  const { answer } = await post({ kind: 'status', status: 307, headers: { location: target.url } })
  expect(answer).toMatchObject({ status: 307 })
  expect(target.requests).toEqual([])
  await target.close()
})

test('nobody listens: refused', async () => {
  const gone = await startReceiver()
  await gone.close()
  client = createOutgoingClient({ allowPrivate: true })
  await expect(client.send({ url: gone.url, signal: new AbortController().signal })).rejects.toMatchObject({
    code: 'connection_refused',
  })
})

test('a name without an address', async () => {
  client = createOutgoingClient({ allowPrivate: true })
  const sent = client.send({ url: 'http://nobody.invalid/', signal: new AbortController().signal })
  await expect(sent).rejects.toMatchObject({ code: 'dns' })
})

test.each([
  (port: number) => `http://127.0.0.1:${port}/`,
  (port: number) => `http://localhost:${port}/`,
  (port: number) => `http://2130706433:${port}/`,
  (port: number) => `http://0x7f.1:${port}/`,
  (port: number) => `http://[::ffff:127.0.0.1]:${port}/`,
  () => 'http://169.254.169.254/latest/meta-data/',
])('no private address is reached, however it is written (%#)', async (urlOf) => {
  receiver = await startReceiver()
  client = createOutgoingClient({ allowPrivate: false })
  const sent = client.send({ url: urlOf(receiver.port), signal: new AbortController().signal })
  await expect(sent).rejects.toMatchObject({ code: 'forbidden_address', retryable: false })
  expect(receiver.requests).toEqual([])
})

test.each(['file:///etc/passwd', 'gopher://example.com/', 'no address'])('%s is no address', async (url) => {
  client = createOutgoingClient({ allowPrivate: true })
  await expect(client.send({ url, signal: new AbortController().signal })).rejects.toMatchObject({
    code: 'invalid_url',
  })
})
