import {
  avroType,
  createRegistryClient,
  encodeControlEvent,
  frame,
  FRAME_BYTES,
  HEADERS,
  meteredUsageCodec,
  partitionForKey,
  schemaText,
  TOPICS,
  usageEventCodec,
} from '@meterline/contract'
import type { MeteredUsage } from '@meterline/domain'
import {
  createKafkaClient,
  createLogWriter,
  ensureTopics,
  type KafkaClient,
  type LogWriter,
  readLog,
} from '@meterline/kafka'
import type { LogRecord } from '@meterline/topology'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'

import { sampleEvents, usageEvent } from './meter/meter.test-data.ts'

const DEADLINE_MS = 60_000
const SERVICES = join(import.meta.dirname, '../..')
const EVENTS = 4_000
const PARTITIONS = TOPICS.usageEvents.partitions
// The servers are shared with other tests of a run: these are ours.
const OURS = `processor_${process.pid}_`

let client: KafkaClient
let registryUrl: string
let processorPort: number
const processors = new Set<ChildProcess>()
let registryProcess: ChildProcess | undefined

beforeAll(async () => {
  client = createKafkaClient({ brokers: inject('stack').kafkaBrokers, clientId: 'processor-test' })
  await ensureTopics(
    client,
    Object.values(TOPICS).map(({ name, partitions }) => ({
      name,
      partitions,
      replicationFactor: 1,
      config: {},
    })),
  )
  const registryPort = await freePort()
  processorPort = await freePort()
  registryUrl = `http://127.0.0.1:${registryPort}`
  registryProcess = start('registry', { REGISTRY_PORT: String(registryPort) })
  await until(async () => (await fetch(`${registryUrl}/subjects`).catch(() => undefined))?.ok === true)
})

afterEach(async () => {
  for (const processor of processors) await kill(processor, 'SIGTERM')
})

afterAll(async () => {
  if (registryProcess !== undefined) await kill(registryProcess, 'SIGTERM')
  await client.close()
})

test('counts each request once on a real broker, through kill -9 in the middle', async () => {
  const registry = createRegistryClient({ url: registryUrl })
  const schemaId = await registry.register('usage.events-value', schemaText('usage-event.avsc'))
  const writer = createLogWriter(client)
  await writeOrganization(writer)
  const first = startProcessor()
  const send = async (from: number, to: number): Promise<void> => {
    for (let at = from; at < to; at += 500) await writer.send(batches(schemaId, at, Math.min(to, at + 500)))
  }
  await send(0, EVENTS / 2)
  await until(async () => (await read('usage.metered')).length > 100)
  await kill(first, 'SIGKILL')
  startProcessor()
  await send(EVENTS / 4, EVENTS)
  await until(async () => (await read('usage.metered')).length >= EVENTS)
  await until(async () => (await ready()) === 200)

  const metered = (await read('usage.metered')).map(({ value }) =>
    meteredUsageCodec.decode(value!.subarray(FRAME_BYTES)),
  )
  expect(metered.length).toBe(EVENTS)
  expect(new Set(metered.map(({ request_id }) => request_id)).size).toBe(EVENTS)
  expect(new Set(metered.map(({ credits_micro }) => credits_micro))).toEqual(new Set([77_235]))
  const rejected = await read('usage.rejected')
  expect(rejected.map(({ headers }) => String(headers[HEADERS.reason]))).toEqual(['tombstone', 'undecodable'])
  await writer.close()
})

test('events of an older and of a newer schema are metered like those of ours', async () => {
  const registry = createRegistryClient({ url: registryUrl })
  const ours = schemaText('usage-event.avsc')
  const schemas = { ours, older: olderSchema(ours), newer: newerSchema(ours) }
  const writer = createLogWriter(client)
  await writeOrganization(writer)
  const timestamp = Date.now()
  for (const [name, schema] of Object.entries(schemas)) {
    const schemaId = await registry.register('usage.events-value', schema)
    const key = `${OURS}${name}`
    const event = { ...usageEvent({ request_id: key, timestamp }), region: 'eu' }
    const operation = name === 'newer' ? 'rerank' : 'other'
    const value = frame(schemaId, avroType(schema).toBuffer({ ...event, operation_type: operation }))
    const partition = partitionForKey(key, PARTITIONS)
    await writer.send([{ topic: TOPICS.usageEvents.name, partition, messages: [{ key, value }] }])
  }
  startProcessor()
  const metered = await untilMetered(Object.keys(schemas).map((name) => `${OURS}${name}`))
  const [fromOurs, fromOlder, fromNewer] = metered
  expect(fromOurs).toMatchObject({
    operation_type: 'other',
    credits_micro: 77_235,
    team: 'payments',
    timestamp,
  })
  const { request_id: _id, source_offset: _offset, ingested_at: _at, ...same } = { ...fromOurs }
  expect(fromOlder).toMatchObject(same)
  expect(fromNewer).toMatchObject(same)
  await writer.close()
})

/** Without the last field, as the first producers wrote it. */
function olderSchema(text: string): string {
  const schema = JSON.parse(text) as { fields: { name: string }[] }
  return JSON.stringify({ ...schema, fields: schema.fields.filter(({ name }) => name !== 'corrects') })
}

/** One field and one operation more than this version knows, by the rules of schemas/README.md. */
function newerSchema(text: string): string {
  const schema = JSON.parse(text.replace('"other"\n        ]', '"other", "rerank" ]')) as { fields: object[] }
  const region = { name: 'region', type: ['null', 'string'], default: null }
  return JSON.stringify({ ...schema, fields: [...schema.fields, region] })
}

async function untilMetered(ids: readonly string[]) {
  let found: MeteredUsage[] = []
  await until(async () => {
    const all = (await read('usage.metered')).map(({ value }) =>
      meteredUsageCodec.decode(value!.subarray(FRAME_BYTES)),
    )
    found = ids.flatMap((id) => all.filter(({ request_id }) => request_id === id))
    return found.length >= ids.length
  })
  return found
}

function writeOrganization(writer: LogWriter): Promise<unknown> {
  const messages = sampleEvents().map((event) => ({ key: event.id, value: encodeControlEvent(event) }))
  return writer.send([{ topic: TOPICS.controlLog.name, partition: 0, messages }])
}

/** Events by their numbers; the first batch also has a tombstone and noise. */
function batches(schemaId: number, from: number, to: number) {
  const byPartition = Array.from({ length: PARTITIONS }, (_, partition) => ({
    topic: TOPICS.usageEvents.name,
    partition,
    messages: [] as { key: string; value: Buffer | null; headers?: Record<string, string> }[],
  }))
  if (from === 0) {
    byPartition[0]?.messages.push(
      { key: `${OURS}gone`, value: null },
      { key: `${OURS}noise`, value: Buffer.from('noise') },
    )
  }
  for (let at = from; at < to; at++) {
    const key = `${OURS}${at}`
    const event = usageEvent({ request_id: key, timestamp: Date.now() })
    const value = frame(schemaId, usageEventCodec.encode(event))
    byPartition[partitionForKey(key, PARTITIONS)]?.messages.push({
      key,
      value,
      headers: { [HEADERS.controlOffset]: '3' },
    })
  }
  return byPartition.filter(({ messages }) => messages.length > 0)
}

async function read(topic: string): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for (let partition = 0; partition < PARTITIONS; partition++) {
    for await (const batch of readLog(client, { topic, partition, to: 'end' }))
      records.push(...batch.filter(({ key }) => key?.toString().startsWith(OURS)))
  }
  return records
}

function startProcessor(): ChildProcess {
  const child = start('processor', {
    PROCESSOR_PORT: String(processorPort),
    PROCESSOR_TOPOLOGIES: 'meter',
  })
  processors.add(child)
  return child
}

async function ready(): Promise<number | undefined> {
  const answer = await fetch(`http://127.0.0.1:${processorPort}/health/ready`).catch(() => undefined)
  return answer?.status
}

function start(service: string, environment: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, [join(SERVICES, service, 'src/main.ts')], {
    env: {
      PATH: process.env['PATH'],
      KAFKA_BROKERS: inject('stack').kafkaBrokers.join(','),
      SCHEMA_REGISTRY_URL: registryUrl,
      LOG_LEVEL: 'warn',
      ...environment,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return child
}

async function kill(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  processors.delete(child)
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new TypeError('no port')
  return address.port
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + DEADLINE_MS
  while (!(await isTrue())) {
    if (performance.now() > deadlineMs) throw new Error('not within the deadline')
    await sleep(100)
  }
}
