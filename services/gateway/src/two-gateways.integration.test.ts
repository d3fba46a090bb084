import { findFreePorts, startKafka } from '@meterline/local-stack'
import type { Kafka } from '@meterline/local-stack'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { startGatewayWorld } from './testing/gateway-world.ts'
import type { GatewayWorld } from './testing/gateway-world.ts'

const DEADLINE_MS = 20_000
const POLL_MS = 100
/** Longer than the deadline: what is settled by then was not so by its own end. */
const TTL_SECONDS = 120

let kafka: Kafka
let world: GatewayWorld
let other: string
let dataDir: string

beforeAll(async () => {
  const [port = 0, controllerPort = 0, registry = 0, gateway = 0, second = 0] = await findFreePorts(5)
  dataDir = await mkdtemp(join(tmpdir(), 'meterline-gateways-'))
  const cacheDir =
    process.env['METERLINE_CACHE_DIR'] ?? join(import.meta.dirname, '../../../.meterline/cache')
  kafka = await startKafka({ port, controllerPort, dataDir, logFile: join(dataDir, 'kafka.log'), cacheDir })
  world = await startGatewayWorld({ brokers: [kafka.broker], ports: { registry, gateway } })
  other = await world.another(second)
})

afterAll(async () => {
  await world?.close()
  await kafka?.stop()
  await rm(dataDir, { recursive: true, force: true })
})

interface Reservation {
  readonly id: string
  readonly state: 'open' | 'settled'
}

async function post<Answer>(gateway: string, path: string, body: object): Promise<Answer> {
  const response = await fetch(`${gateway}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.secrets.registry}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(response.ok).toBe(true)
  return (await response.json()) as Answer
}

async function reserve(gateway: string, request_id: string): Promise<Reservation> {
  const asked = { request_id, model: 'gpt-5-mini', credits: 1, ttl_seconds: TTL_SECONDS }
  const { reservation } = await post<{ reservation: Reservation }>(gateway, '/v1/authorizations', asked)
  return reservation
}

async function report(gateway: string, request_id: string): Promise<void> {
  const units = { tokens_input: 10 }
  const call = { provider: 'openai', model_name: 'gpt-5-mini', operation_type: 'completion', units }
  await post(gateway, '/v1/events', { request_id, timestamp: Date.now(), ...call })
}

test('a request reserved at two gateways is settled at both by its one usage event, and others are not', async () => {
  await reserve(world.url, 'never-reported')
  const deadlineMs = Date.now() + DEADLINE_MS
  const reported: string[] = []
  const isSettled = async (request: string) => (await reserve(world.url, request)).state === 'settled'
  // The first may be reported before the one gateway has heard that the other one holds anything.
  for (;;) {
    const request = `r${reported.length}`
    const [here, there] = [await reserve(world.url, request), await reserve(other, request)]
    expect(here.id.split('.')[0]).not.toBe(there.id.split('.')[0])
    await report(other, request)
    reported.push(request)
    expect((await reserve(other, request)).state).toBe('settled')
    await sleep(POLL_MS)
    const settled = await Promise.all(reported.map(isSettled))
    if (settled.includes(true)) break
    expect(Date.now()).toBeLessThan(deadlineMs)
  }
  expect(await isSettled('never-reported')).toBe(false)
})
