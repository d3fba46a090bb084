import { createClickhouse, migrate } from '@meterline/clickhouse'
import type { Clickhouse } from '@meterline/clickhouse'
import {
  createRegistryClient,
  encodeControlEvent,
  encodeMeterTally,
  frame,
  partitionForKey,
  schemaText,
  TOPICS,
  usageEventCodec,
} from '@meterline/contract'
import {
  createKafkaClient,
  createLogWriter,
  ensureTopics,
  matchOutputs,
  readCommittedPosition,
} from '@meterline/kafka'
import type { KafkaClient, LogWriter } from '@meterline/kafka'
import { findFreePorts } from '@meterline/local-stack'
import { reconcile } from '@meterline/reconciliation'
import type { Reconciliation } from '@meterline/reconciliation'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { startTestStack, type TestStack } from '../../../../test/support/stack.ts'
import { sampleEvents, usageEvent } from '../../../processor/src/meter/meter.test-data.ts'
import { eventually } from '../testing/sink-world.ts'

const SERVICES = join(import.meta.dirname, '../../..')
const EVENTS = 2_000
const DUPLICATES = 100
const UNKNOWN_KEYS = 30
const PARTITIONS = TOPICS.usageEvents.partitions
const HOUR_MS = 3_600_000
// One moment for all, so that no hour begins in between.
const NOW_MS = Date.now()

let stack: TestStack
let kafka: KafkaClient
let clickhouse: Clickhouse
let writer: LogWriter
let sinkPort: number
let environment: Record<string, string>
const children = new Map<string, ChildProcess>()

beforeAll(async () => {
  stack = await startTestStack()
  const { url, database, user: username, password } = stack.clickhouse
  clickhouse = createClickhouse({ url, database, username, password })
  await migrate(clickhouse)
  kafka = createKafkaClient({ brokers: stack.kafkaBrokers, clientId: 'reconcile-test' })
  const wanted = Object.values(TOPICS).map(({ name, partitions }) => ({ name, partitions }))
  await ensureTopics(
    kafka,
    wanted.map((topic) => ({ ...topic, replicationFactor: 1, config: {} })),
  )
  writer = createLogWriter(kafka)
  const [registryPort = 0, processorPort = 0, freePort = 0] = await findFreePorts(3)
  sinkPort = freePort
  environment = {
    KAFKA_BROKERS: stack.kafkaBrokers.join(','),
    CLICKHOUSE_URL: url,
    CLICKHOUSE_DATABASE: database,
    CLICKHOUSE_USER: username,
    CLICKHOUSE_PASSWORD: password,
    SCHEMA_REGISTRY_URL: `http://127.0.0.1:${registryPort}`,
    REGISTRY_PORT: String(registryPort),
    PROCESSOR_PORT: String(processorPort),
    SINK_PORT: String(sinkPort),
    PROCESSOR_TOPOLOGIES: 'meter',
    LOG_LEVEL: 'warn',
  }
  start('registry')
  const subjects = `${environment['SCHEMA_REGISTRY_URL']}/subjects`
  await eventually(
    () => fetch(subjects),
    ({ ok }) => ok,
  )
  const messages = sampleEvents().map((event) => ({ key: event.id, value: encodeControlEvent(event) }))
  await writer.send([{ topic: TOPICS.controlLog.name, partition: 0, messages }])
})

afterAll(async () => {
  for (const name of children.keys()) await kill(name, 'SIGTERM')
  await writer?.close()
  await kafka?.close()
  await clickhouse?.close()
  await stack?.stop()
})

test('accepted is metered, duplicate and rejected, and as many rows, by hour, after kills; a lost row is seen', async () => {
  start('processor')
  start('sink')
  await send(0, EVENTS / 2)
  await eventually(
    () => count('SELECT count() FROM usage'),
    (rows) => rows > 0,
  )
  await Promise.all([kill('processor', 'SIGKILL'), kill('sink', 'SIGKILL')])
  start('processor')
  start('sink')
  await send(EVENTS / 2, EVENTS)
  await send(0, DUPLICATES)
  await send(EVENTS, EVENTS + UNKNOWN_KEYS, 'key_of_nobody')

  const whole = await eventually(
    () => ask(),
    ({ rows }) => sum(rows, 'accepted') === EVENTS + DUPLICATES + UNKNOWN_KEYS,
  )
  expect(whole).toMatchObject({ holds: true, difference: 0, waiting_records: 0 })
  expect(sum(whole.rows, 'metered')).toBe(EVENTS)
  expect(sum(whole.rows, 'duplicates')).toBe(DUPLICATES)
  expect(sum(whole.rows, 'rejected')).toBe(UNKNOWN_KEYS)
  expect(sum(whole.rows, 'rows')).toBe(await count('SELECT count() FROM usage'))
  expect(whole.partitions.map(({ holes }) => holes)).toEqual(Array(PARTITIONS).fill(0))
  expect(new Set(whole.rows.map(({ hour }) => hour)).size).toBe(2)

  const answer = await fetch(`http://127.0.0.1:${sinkPort}/v1/reconciliation`)
  expect(await answer.json()).toMatchObject({ holds: true, rows: whole.rows })

  await clickhouse.command(
    'ALTER TABLE usage DELETE WHERE request_id = {id:String} SETTINGS mutations_sync = 1',
    { parameters: { id: 'reconciled-7' } },
  )
  const torn = await ask()
  const partition = partitionForKey('reconciled-7', PARTITIONS)
  expect(torn).toMatchObject({ holds: false, difference: 1 })
  expect(torn.rows.filter(({ difference }) => difference > 0)).toMatchObject([{ partition, difference: 1 }])
})

test('where the position of rows was lost and released, counting begins behind them, and holds', async () => {
  const partition = 5
  const at = { groupId: 'meter', topic: TOPICS.usageEvents.name, partition }
  const before = await readCommittedPosition(kafka.reads, at)
  await send(10_000, 10_200)
  const written = await eventually(
    () => readCommittedPosition(kafka.reads, at),
    ({ offset = 0 }) => offset > (before.offset ?? 0),
  )
  await kill('processor', 'SIGTERM')
  const outputs = (await readCommittedPosition(kafka.reads, at)).offset ?? 0
  expect(outputs).toBeGreaterThanOrEqual(written.offset ?? 0)
  await rollBack(partition, before)
  const noteAhead = (fromOffset: number): string =>
    encodeMeterTally({ fromOffset, hours: new Map(), earlier: undefined })
  const release = {
    ...at,
    transactionalId: `meter-${partition}`,
    restoreTopics: [TOPICS.usageMetered.name, TOPICS.meterChangelog.name],
    writesTo: [],
    noteAhead,
    apply: true,
  }
  expect(await matchOutputs(kafka, release)).toEqual({
    kind: 'position-lost',
    position: before.offset,
    outputs,
  })
  start('processor')
  await send(10_200, 10_400)
  const mended = await eventually(
    () => ask(),
    ({ partitions }) =>
      partitions.every(
        ({ partition: each, from_offset, position }) => each !== partition || position > from_offset,
      ),
  )
  const rows = mended.rows.filter((row) => row.partition === partition)
  expect(rows.map(({ difference }) => difference)).toEqual(rows.map(() => 0))
  expect(sum(rows, 'duplicates')).toBe(0)
  expect(mended.partitions.find((each) => each.partition === partition)).toMatchObject({
    from_offset: outputs,
    holes: 0,
  })
  const numbers = Array.from({ length: 400 }, (_, i) => `reconciled-${10_000 + i}`)
  const held = numbers.filter((id) => partitionForKey(id, PARTITIONS) === partition)
  expect(held.length).toBeGreaterThan(20)
  expect(
    await count(`SELECT count() FROM usage WHERE request_id IN (${held.map((id) => `'${id}'`).join()})`),
  ).toBe(held.length)
})

function ask(): Promise<Reconciliation> {
  return reconcile({ kafka, clickhouse, waitMs: 30_000, withEarlier: true })
}

function sum(
  rows: Reconciliation['rows'],
  name: 'accepted' | 'metered' | 'duplicates' | 'rejected' | 'rows',
) {
  return rows.reduce((total, row) => total + row[name], 0)
}

/** Events by their numbers; every third arrived in the hour before. */
async function send(from: number, to: number, api_key_id = 'key_registry'): Promise<void> {
  const registry = createRegistryClient({ url: environment['SCHEMA_REGISTRY_URL'] ?? '' })
  const schemaId = await registry.register('usage.events-value', schemaText('usage-event.avsc'))
  const byPartition = Map.groupBy(
    Array.from({ length: to - from }, (_, i) => from + i),
    (i) => partitionForKey(`reconciled-${i}`, PARTITIONS),
  )
  for (const [partition, numbers] of byPartition) {
    const messages = numbers.map((i) => {
      const request_id = `reconciled-${i}`
      const event = usageEvent({ request_id, api_key_id, timestamp: NOW_MS - HOUR_MS })
      const timestampMs = i % 3 === 0 ? NOW_MS - HOUR_MS : NOW_MS
      return { key: request_id, value: frame(schemaId, usageEventCodec.encode(event)), timestampMs }
    })
    await writer.send([{ topic: TOPICS.usageEvents.name, partition, messages }])
  }
}

async function count(sql: string): Promise<number> {
  const [row] = await clickhouse.rows<{ n: number }>(
    `SELECT n FROM (${sql.replace('count()', 'count() AS n')})`,
  )
  return Number(row?.n)
}

/** What two brokers that died together left behind: outputs committed, and their position rolled back. */
async function rollBack(
  partition: number,
  to: { offset?: number | undefined; metadata: string },
): Promise<void> {
  const producer = kafka.kafka.producer({ transactionalId: `meter-${partition}`, maxInFlightRequests: 1 })
  await producer.connect()
  const transaction = await producer.transaction()
  const position = { partition, offset: String(to.offset), metadata: to.metadata }
  const topics = [{ topic: TOPICS.usageEvents.name, partitions: [position] }]
  await transaction.sendOffsets({ consumerGroupId: 'meter', topics })
  await transaction.commit()
  await producer.disconnect()
}

function start(name: string): void {
  const child = spawn(process.execPath, [join(SERVICES, name, 'src/main.ts')], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  children.set(name, child)
}

async function kill(name: string, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const child = children.get(name)
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}
