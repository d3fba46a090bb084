import { createRegistryClient, schemaText, TOPICS } from '@meterline/contract'
import { describeLag } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'
import { inspectMachine } from '@meterline/local-stack'

import { errorText } from '../cli-error.ts'
import type { Connection } from '../connection/connection.ts'
import { REPOSITORY_ROOT } from '../connection/state-dir.ts'
import { avroSubjects } from '../provision/provision.ts'
import { examineTopics } from '../provision/topics.ts'
import { driftText } from '../provision/drift-text.ts'
import { failed, ok, warning } from './finding.ts'
import type { Finding } from './finding.ts'

/** Which consumer group reads what, and whose log tells why it is behind. */
const GROUPS = [
  { group: 'meter', topic: TOPICS.usageEvents.name, service: 'processor' },
  { group: 'burn', topic: TOPICS.spendDelta.name, service: 'processor' },
  { group: `sink.${TOPICS.usageMetered.name}`, topic: TOPICS.usageMetered.name, service: 'sink' },
  { group: `sink.${TOPICS.spendAlert.name}`, topic: TOPICS.spendAlert.name, service: 'sink' },
  { group: `sink.${TOPICS.controlLog.name}`, topic: TOPICS.controlLog.name, service: 'sink' },
] as const
const LAG_WORTH_A_WARNING = 100_000
const HTTP_TIMEOUT_MS = 3_000

/** Looks at everything a running Meterline needs, one thing after the other; never throws for what it finds. */
export async function* examine(connection: Connection): AsyncGenerator<Finding> {
  yield await machine()
  yield await service('gateway', connection.credentials.gateway_url)
  yield await service('control', connection.credentials.control_url)
  yield await service('notifier', connection.credentials.notifier_url)
  const registry = await service('registry', connection.credentials.schema_registry_url)
  yield registry
  yield* await kafkaFindings(connection)
  if (registry.status === 'ok') yield* await schemas(connection)
  yield* await clickhouseFindings(connection)
}

async function machine(): Promise<Finding> {
  const { isDockerUsable, javaVersion, hasMaven, hasKafkaJars } = await inspectMachine(
    { ...process.env, KAFKA_BROKERS: '', CLICKHOUSE_URL: '' },
    process.env['METERLINE_CACHE_DIR'] ?? `${REPOSITORY_ROOT}/.meterline/cache`,
  )
  if (isDockerUsable) return ok('machine', 'Docker is usable')
  if (javaVersion === undefined) {
    return warning(
      'machine',
      'neither Docker nor Java',
      'install Java 17+, start Docker, or set KAFKA_BROKERS',
    )
  }
  if (javaVersion < 17) return warning('machine', `Java ${javaVersion}`, 'install Java 17 or newer')
  if (!hasMaven && !hasKafkaJars)
    return warning('machine', 'no Maven', 'install Maven: it downloads Kafka once')
  return ok('machine', `Java ${javaVersion}, no Docker: Kafka and ClickHouse run as processes`)
}

async function service(name: string, url: string | undefined): Promise<Finding> {
  if (url === undefined) return failed(name, 'no address known', 'start Meterline with "npm start"')
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(HTTP_TIMEOUT_MS) })
    if (answer.ok) return ok(name, url)
    return failed(
      name,
      `${url} is not ready: ${(await answer.text()).slice(0, 300)}`,
      `read its log in logs/${name}.log`,
    )
  } catch (error) {
    return failed(name, `${url} does not answer: ${errorText(error)}`, 'start Meterline with "npm start"')
  }
}

async function kafkaFindings(connection: Connection): Promise<readonly Finding[]> {
  const brokers = connection.credentials.kafka_brokers
  if (brokers === undefined)
    return [failed('kafka', 'no brokers known', 'start Meterline, or set KAFKA_BROKERS')]
  const kafka = connection.openKafka()
  try {
    return [
      ok('kafka', brokers),
      await topics(kafka),
      ...(await Promise.all(GROUPS.map((of) => lag(kafka, of)))),
    ]
  } catch (error) {
    return [failed('kafka', `${brokers}: ${errorText(error)}`, 'start Meterline, or look at logs/kafka.log')]
  } finally {
    await kafka.close()
  }
}

async function topics(kafka: KafkaClient): Promise<Finding> {
  const { missing, drift } = await examineTopics(kafka)
  if (missing.length > 0)
    return failed('topics', `missing: ${missing.join(', ')}`, 'run "npx meterline provision"')
  if (drift.length > 0) {
    return warning(
      'topics',
      drift.map(driftText).join('; '),
      "change them by hand with Kafka's tools: another partition count moves keys",
    )
  }
  return ok('topics', 'as defined')
}

async function lag(kafka: KafkaClient, of: (typeof GROUPS)[number]): Promise<Finding> {
  const name = `lag of ${of.group}`
  const partitions = await describeLag(kafka, { groupId: of.group, topic: of.topic })
  if (partitions.every(({ position }) => position === undefined)) {
    return warning(name, `the group has never committed on ${of.topic}`, `is the ${of.service} running?`)
  }
  const records = partitions.reduce((sum, { lagRecords }) => sum + lagRecords, 0)
  return records > LAG_WORTH_A_WARNING
    ? warning(name, `${records} records of ${of.topic}`, `look at logs/${of.service}.log`)
    : ok(name, `${records} records`)
}

async function schemas({ credentials }: Connection): Promise<readonly Finding[]> {
  const url = credentials.schema_registry_url
  if (url === undefined) return []
  const registry = createRegistryClient({ url })
  return Promise.all(
    avroSubjects().map(async ({ subject, file }) => {
      try {
        const { id, version } = await registry.lookup(subject, schemaText(file))
        return ok(`schema ${subject}`, `id ${id}, version ${version}`)
      } catch (error) {
        return failed(`schema ${subject}`, errorText(error), 'run "npx meterline provision"')
      }
    }),
  )
}

async function clickhouseFindings(connection: Connection): Promise<readonly Finding[]> {
  const url = connection.credentials.clickhouse_url
  if (url === undefined)
    return [failed('clickhouse', 'no address known', 'start Meterline, or set CLICKHOUSE_URL')]
  const clickhouse = connection.openClickhouseReader()
  try {
    const migrations = await clickhouse.rows<{ applied: number }>(
      'SELECT uniqExact(version) AS applied FROM schema_migrations',
    )
    const usage = await clickhouse.rows<{ rows: number }>('SELECT count() AS rows FROM usage')
    return [
      ok('clickhouse', url),
      ok('migrations', `${migrations[0]?.applied ?? 0} applied`),
      ok('usage', `${usage[0]?.rows ?? 0} rows`),
    ]
  } catch (error) {
    return [
      failed(
        'clickhouse',
        `${url}: ${errorText(error)}`,
        'look at logs/up.log and logs/clickhouse.log; tables that are missing: "npx meterline provision"',
      ),
    ]
  } finally {
    await clickhouse.close()
  }
}
