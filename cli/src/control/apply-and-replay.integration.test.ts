import { decodeControlEvent, secretMatches, TOPICS } from '@meterline/contract'
import { readLog } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'
import { findFreePorts, startKafka, supervise } from '@meterline/local-stack'
import type { Kafka, Supervised } from '@meterline/local-stack'
import { azureTraceCsv } from '@meterline/simulation'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { openKafka } from '../connection/connection.ts'
import { REPOSITORY_ROOT } from '../connection/state-dir.ts'
import { provisionSchemas } from '../provision/provision.ts'
import { provisionTopics } from '../provision/topics.ts'
import { replayFile } from '../replay/replay-file.ts'
import { kafkaDelivery } from '../send/kafka-delivery.ts'
import { serviceSpec } from '../up/service-specs.ts'
import { applyOrganization } from '../../../test/support/apply-organization.ts'
import { loadOrganizationFile } from './load-organization-file.ts'
import { readOrganization } from '@meterline/control-log'

const SAMPLE = join(REPOSITORY_ROOT, 'examples/organization.yaml')

// A broker of its own: an organization in control.log is seen by whoever shares it.
let dir = ''
let broker: Kafka
let registry: Supervised
let registryUrl = ''
let kafka: KafkaClient

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'meterline-cli-'))
  const [port = 0, controllerPort = 0, registryPort = 0] = await findFreePorts(3)
  broker = await startKafka({
    port,
    controllerPort,
    dataDir: join(dir, 'kafka'),
    logFile: join(dir, 'kafka.log'),
    cacheDir: process.env['METERLINE_CACHE_DIR'] ?? join(REPOSITORY_ROOT, '.meterline/cache'),
  })
  kafka = openKafka(broker.broker)
  await provisionTopics(kafka, 1)
  registry = supervise(
    serviceSpec('registry', {
      stateDir: dir,
      ports: { registry: registryPort, gateway: 0, processor: 0, sink: 0, control: 0, notifier: 0 },
      environment: { KAFKA_BROKERS: broker.broker, REGISTRY_PORT: String(registryPort) },
      onEvent: () => undefined,
    }),
  )
  await registry.ready()
  registryUrl = `http://127.0.0.1:${registryPort}`
})

afterAll(async () => {
  await registry.stop()
  await kafka.close()
  await broker.stop()
  rmSync(dir, { recursive: true, force: true })
})

test('provisioning twice creates once and keeps the ids', async () => {
  const again = await provisionTopics(kafka, 1)
  expect(again).toEqual({ created: [], drift: [] })
  const first = await provisionSchemas(registryUrl)
  expect(await provisionSchemas(registryUrl)).toEqual(first)
  expect(first.length).toBeGreaterThan(3)
})

test('apply: a dry run writes nothing, the first apply everything, the second nothing; a key keeps its secret', async () => {
  const file = loadOrganizationFile(SAMPLE)
  const apply = (dryRun: boolean) =>
    applyOrganization(kafka, { file, dryRun, actor: 'test', knownSecrets: new Map() })
  const dry = await apply(true)
  expect(await recordsOf(TOPICS.controlLog.name)).toHaveLength(0)

  const applied = await apply(false)
  expect(applied.changes).toEqual(dry.changes)
  expect(applied.newKeys.map(({ id }) => id)).toEqual(file.keys?.map(({ id }) => id))
  const records = await recordsOf(TOPICS.controlLog.name)
  expect(
    records.map((value) => decodeControlEvent(value)).map((event) => `${event?.kind} ${event?.id}`),
  ).toEqual(applied.changes.map(({ kind, id }) => `${kind} ${id}`))

  const view = await readOrganization(kafka)
  for (const { id, secret } of applied.newKeys) {
    const key = view.entities.api_key.get(id)
    expect(key !== undefined && secretMatches(secret, key)).toBe(true)
  }
  expect((await apply(false)).changes).toEqual([])
  expect(await recordsOf(TOPICS.controlLog.name)).toHaveLength(records.length)
})

test('replay over Kafka: what the summary says was sent is in the log', async () => {
  const path = join(dir, 'trace.csv')
  const startMs = Date.UTC(2026, 10, 1)
  writeFileSync(path, azureTraceCsv({ seed: 't', rows: 2_000, startMs, durationMs: 3_600_000 }))
  const delivery = await kafkaDelivery(kafka, registryUrl)
  const summary = await replayFile(delivery, {
    path,
    start: 'now',
    speed: 0,
    keyIds: ['key_payments_prod_1', 'key_helpdesk_prod_1'],
    defaults: { provider: 'openai', model: 'gpt-5-mini', endpoint: 'replay' },
    disturbance: { duplicates: 0.05, late: 0.01, malformed: 0.01 },
    seed: 't',
    runId: 'test',
    signal: new AbortController().signal,
    onProgress: () => undefined,
  })
  await delivery.close()
  expect(summary.rows_sent).toBe(2_000)
  expect(summary.duplicates_sent).toBeGreaterThan(50)
  expect(summary.malformed_sent).toBeGreaterThan(5)
  const inLog = await recordsOf(TOPICS.usageEvents.name)
  expect(inLog).toHaveLength(2_000 + summary.duplicates_sent + summary.malformed_sent)
})

async function recordsOf(topic: string): Promise<readonly Buffer[]> {
  const values: Buffer[] = []
  for (const partition of await kafka.reads.partitionsOf(topic)) {
    for await (const records of readLog(kafka, { topic, partition, to: 'end' })) {
      values.push(...records.flatMap(({ value }) => (value === null ? [] : [value])))
    }
  }
  return values
}
