import {
  avroType,
  createRegistryClient,
  decodeMeterTally,
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
  readCommittedPosition,
  readLog,
  readLogBounds,
  readNote,
} from '@meterline/kafka'
import type { LogRecord } from '@meterline/topology'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'

import { sampleEvents, usageEvent } from './meter/meter.test-data.ts'

type Producer = ReturnType<KafkaClient['kafka']['producer']>

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

test('meter halts where Kafka lost the outputs of a position; "meterline release" sets that partition back, and all counts once', async () => {
  const schemaId = await createRegistryClient({ url: registryUrl }).register(
    'usage.events-value',
    schemaText('usage-event.avsc'),
  )
  const writer = createLogWriter(client)
  await writeOrganization(writer)
  const [before, after] = [numbers(10_000, 10_400), numbers(10_400, 10_800)]
  const first = startProcessor()
  await writer.send(batches(schemaId, 10_000, 10_400))
  await untilMetered(before)
  await kill(first, 'SIGTERM')

  await writer.send(batches(schemaId, 10_400, 10_800))
  const lost = { partition: 2, from: await positionOf(2), to: await loseOutputs(2) }
  const isLost = (id: string): boolean => partitionForKey(id, PARTITIONS) === lost.partition
  const second = startProcessor()
  await untilMetered(after.filter((id) => !isLost(id)))
  await until(async () => (await whyNotReady()).includes(`partitions ${lost.partition} stand still`))
  expect((await timesMetered()).get(after.find(isLost) ?? '')).toBeUndefined()
  await kill(second, 'SIGTERM')

  const said = await release(lost.partition)
  expect(said).toMatchObject({ code: 0 })
  expect(said.text).toContain(`usage.events/2 stands at offset ${lost.to}`)
  expect(said.text).toContain(`--yes sets the position back to ${lost.from}`)
  expect(said.text).toContain('Nothing was changed.')
  expect(await positionOf(lost.partition)).toBe(lost.to)
  expect(await release(PARTITIONS, '--yes')).toMatchObject({
    code: 1,
    text: expect.stringContaining('0 to 7'),
  })

  expect((await release(lost.partition, '--yes')).text).toContain(`stands at offset ${lost.from} again`)
  expect(await positionOf(lost.partition)).toBe(lost.from)
  const again = await release(lost.partition, '--yes')
  expect(again).toMatchObject({ code: 1, text: expect.stringContaining('no outputs are missing') })

  startProcessor()
  await untilMetered([...before, ...after])
  await until(async () => (await ready()) === 200)
  const times = await timesMetered()
  expect([...before, ...after].filter((id) => times.get(id) !== 1)).toEqual([])
  await writer.close()
})

test('meter halts where Kafka lost the position of its outputs; "meterline release" makes them known, and all counts once', async () => {
  const registry = createRegistryClient({ url: registryUrl })
  const schemaId = await registry.register('usage.events-value', schemaText('usage-event.avsc'))
  const writer = createLogWriter(client)
  await writeOrganization(writer)
  const sent = numbers(20_000, 20_600)
  const partition = 3
  const isHeld = (id: string): boolean => partitionForKey(id, PARTITIONS) === partition
  const first = startProcessor()
  await writer.send(batches(schemaId, 20_000, 20_200))
  await untilMetered(sent.slice(0, 200))
  const before = await committedOf(partition)
  await writer.send(batches(schemaId, 20_200, 20_400))
  await untilMetered(sent.slice(0, 400))
  await kill(first, 'SIGTERM')
  const outputs = await positionOf(partition)
  expect(outputs).toBeGreaterThan(before.offset)
  // What two brokers that died together left behind: the outputs committed, and their position rolled back.
  const producer = await producerOf(partition)
  await commitPosition(producer, { partition, ...before })
  await producer.disconnect()

  await writer.send(batches(schemaId, 20_400, 20_600))
  const second = startProcessor()
  await untilMetered(sent.filter((id, at) => at < 400 || !isHeld(id)))
  await until(async () => (await whyNotReady()).includes(`partitions ${partition} stand still`))
  await kill(second, 'SIGTERM')

  const said = await release(partition)
  expect(said.text).toContain(
    `stands at offset ${before.offset}, and outputs in Kafka were written up to ${outputs}`,
  )
  expect(said.text).toContain('Nothing was changed.')
  expect(await committedOf(partition)).toEqual(before)
  expect((await release(partition, '--yes')).text).toContain(`its outputs up to ${outputs} are known`)
  expect(await release(partition, '--yes')).toMatchObject({
    code: 1,
    text: expect.stringContaining('no outputs are missing'),
  })

  startProcessor()
  await untilMetered(sent)
  await until(async () => (await ready()) === 200)
  const times = await timesMetered()
  expect(sent.filter((id) => times.get(id) !== 1)).toEqual([])
  // What was read a second time is in no count: its rows are older than these.
  const held = sent.slice(400).filter(isHeld).length
  const tally = decodeMeterTally(readNote((await committedOf(partition)).metadata) ?? '')
  expect(tally?.fromOffset).toBe(outputs)
  const counts = [...(tally?.hours.values() ?? [])]
  expect(counts.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(held)
  expect(counts.reduce((sum, { metered }) => sum + metered, 0)).toBe(held)
  await writer.close()
})

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `${OURS}${from + index}`)

async function positionOf(partition: number): Promise<number> {
  return (await committedOf(partition)).offset
}

async function committedOf(partition: number): Promise<{ offset: number; metadata: string }> {
  const at = { groupId: 'meter', topic: TOPICS.usageEvents.name, partition }
  const { offset = -1, metadata } = await readCommittedPosition(client.reads, at)
  return { offset, metadata }
}

async function producerOf(partition: number): Promise<Producer> {
  const producer = client.kafka.producer({ transactionalId: `meter-${partition}`, maxInFlightRequests: 1 })
  await producer.connect()
  return producer
}

async function commitPosition(
  producer: Producer,
  at: { readonly partition: number; readonly offset: number; readonly metadata: string },
): Promise<void> {
  const transaction = await producer.transaction()
  const topics = [{ topic: TOPICS.usageEvents.name, partitions: [{ ...at, offset: String(at.offset) }] }]
  // The broker may still be writing the markers of the transaction before, and the stock client does not ask again by itself.
  await until(async () => {
    try {
      await transaction.sendOffsets({ consumerGroupId: 'meter', topics })
      return true
    } catch (error) {
      if (error instanceof Error && 'type' in error && error.type === 'CONCURRENT_TRANSACTIONS') return false
      throw error
    }
  })
  await transaction.commit()
}

/** What two brokers that died together left behind: outputs rolled back, and the position behind them committed. */
async function loseOutputs(partition: number): Promise<number> {
  const { high } = await readLogBounds(client.reads, { topic: TOPICS.usageEvents.name, partition })
  const { metadata } = await committedOf(partition)
  const named = { ...(JSON.parse(metadata) as object), [TOPICS.usageMetered.name]: high }
  const producer = await producerOf(partition)
  const rolledBack = await producer.transaction()
  const headers = { 'meterline-position': String(high) }
  const messages = [{ key: `${OURS}lost`, value: 'lost', partition, headers }]
  await rolledBack.send({ topic: TOPICS.usageMetered.name, messages })
  await rolledBack.abort()
  await commitPosition(producer, { partition, offset: high, metadata: JSON.stringify(named) })
  await producer.disconnect()
  return high
}

async function release(partition: number, ...flags: string[]): Promise<{ code: number; text: string }> {
  const cli = join(SERVICES, '../cli/src/main.ts')
  const child = spawn(process.execPath, [cli, 'release', '--partition', String(partition), ...flags], {
    env: { PATH: process.env['PATH'], KAFKA_BROKERS: inject('stack').kafkaBrokers.join(',') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ])
  return { code, text: out + err }
}

/** How often each of our requests was metered. */
async function timesMetered(): Promise<Map<string, number>> {
  const times = new Map<string, number>()
  for (const { key } of await read('usage.metered')) {
    const id = String(key)
    times.set(id, (times.get(id) ?? 0) + 1)
  }
  return times
}

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

async function whyNotReady(): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${processorPort}/health/ready`).catch(() => undefined)
  return answer?.status === 503 ? answer.text() : ''
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
