import { FRAME_BYTES, TOPICS, usageEventCodec } from '@meterline/contract'
import { findFreePorts, startKafka } from '@meterline/local-stack'
import type { Kafka, KafkaOptions } from '@meterline/local-stack'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { startGatewayWorld } from './testing/gateway-world.ts'
import type { GatewayWorld } from './testing/gateway-world.ts'

let kafka: Kafka
let kafkaOptions: KafkaOptions
let world: GatewayWorld
let dataDir: string
const EVENTS = TOPICS.usageEvents.name

// A Kafka of its own: it is stopped.
beforeAll(async () => {
  const [port = 0, controllerPort = 0, registry = 0, gateway = 0] = await findFreePorts(4)
  dataDir = await mkdtemp(join(tmpdir(), 'meterline-gateway-'))
  const cacheDir =
    process.env['METERLINE_CACHE_DIR'] ?? join(import.meta.dirname, '../../../.meterline/cache')
  kafkaOptions = { port, controllerPort, dataDir, logFile: join(dataDir, 'kafka.log'), cacheDir }
  kafka = await startKafka(kafkaOptions)
  world = await startGatewayWorld({ brokers: [kafka.broker], ports: { registry, gateway } })
})

afterAll(async () => {
  await world?.close()
  await kafka?.stop()
  await rm(dataDir, { recursive: true, force: true })
})

const event = (request_id: string) => ({
  request_id,
  timestamp: Date.now(),
  provider: 'openai',
  model_name: 'gpt-5-mini',
  operation_type: 'completion',
  units: { tokens_input: 10 },
})

function post(body: unknown, secret = world.secrets.registry): Promise<Response> {
  return fetch(`${world.url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

async function requestIds(): Promise<Set<string>> {
  const records = await world.records(EVENTS)
  return new Set(records.map(({ value }) => decodedId(value)))
}

function decodedId(value: Buffer | null): string {
  return usageEventCodec.decode((value ?? Buffer.alloc(0)).subarray(FRAME_BYTES)).request_id
}

test('202: every accepted event is in the topic, every refused one in usage.rejected as it came', async () => {
  const batch = Array.from({ length: 500 }, (_, i) => event(`batch-${i}`))
  const response = await post([...batch, { request_id: 'bad', colour: 'red' }])
  expect(response.status).toBe(202)
  expect(await response.json()).toMatchObject({
    accepted: 500,
    rejected: [{ index: 500, request_id: 'bad' }],
  })
  const ids = await requestIds()
  expect(batch.every(({ request_id }) => ids.has(request_id))).toBe(true)
  const [rejected] = await world.records(TOPICS.usageRejected.name)
  expect(rejected?.value?.toString()).toBe('{"request_id":"bad","colour":"red"}')
})

test('a body of the largest size that is no JSON is kept whole', async () => {
  const body = 'x'.repeat(5 * 1024 * 1024)
  expect((await post(body)).status).toBe(400)
  const records = await world.records(TOPICS.usageRejected.name)
  expect(records.some(({ value }) => value?.length === body.length)).toBe(true)
})

test('after kill -9 in the middle of load, every event that was answered with 202 is in the topic', async () => {
  const answered: string[] = []
  let sent = 0
  const killed = once(world.processes.gateway, 'exit')
  const senders = Array.from({ length: 8 }, async (_, sender) => {
    for (let i = 0; i < 2_000; i++) {
      const batch = Array.from({ length: 20 }, (_, n) => event(`kill-${sender}-${i}-${n}`))
      sent += 1
      const response = await post(batch).catch(() => undefined)
      if (response === undefined) return
      if (response.status === 202) answered.push(...batch.map(({ request_id }) => request_id))
      if (sent === 100) world.processes.gateway.kill('SIGKILL')
    }
  })
  await Promise.all(senders)
  expect(await killed).toEqual([null, 'SIGKILL'])
  await world.restart('gateway')
  const ids = await requestIds()
  expect(answered.length).toBeGreaterThan(0)
  expect(answered.filter((id) => !ids.has(id))).toEqual([])
})

test('the registry gives the same ids after it was killed', async () => {
  const killed = once(world.processes.registry, 'exit')
  world.processes.registry.kill('SIGKILL')
  await killed
  await world.restart('registry')
  const stopped = once(world.processes.gateway, 'exit')
  world.processes.gateway.kill('SIGTERM')
  expect(await stopped).toEqual([0, null])
  await world.restart('gateway')
  await post(event('after-registry'))
  const schemaIds = (await world.records(EVENTS)).map(({ value }) => value?.readUInt32BE(1))
  expect(new Set(schemaIds).size).toBe(1)
})

test('without Kafka: 503 with Retry-After and never 202, not ready but alive, and back by itself', async () => {
  await kafka.stop()
  const response = await post(event('while-away'))
  expect(response.status).toBe(503)
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  await expect.poll(() => world.ready(), { timeout: 30_000, interval: 500 }).toBe(false)
  expect((await fetch(`${world.url}/health/live`)).status).toBe(200)

  kafka = await startKafka(kafkaOptions)
  await expect
    .poll(async () => (await post(event('back'))).status, { timeout: 30_000, interval: 500 })
    .toBe(202)
  await expect.poll(() => world.ready(), { timeout: 30_000, interval: 500 }).toBe(true)
  expect(await requestIds()).toContain('back')
})
