import { createClickhouse, migrate } from '@meterline/clickhouse'
import { mintSecret, organizationEntities } from '@meterline/contract'
import { settingsOf } from '@meterline/domain'
import type { KafkaClient } from '@meterline/kafka'
import { assertPortsFree, startStack, supervise } from '@meterline/local-stack'
import type { Stack, Supervised, SupervisorEvent } from '@meterline/local-stack'
import { join } from 'node:path'

import { openKafka } from '../connection/connection.ts'
import { readCredentials, writeCredentials } from '../connection/credentials-file.ts'
import type { Credentials } from '../connection/credentials-file.ts'
import { REPOSITORY_ROOT } from '../connection/state-dir.ts'
import { applyFile } from '../control/apply-file.ts'
import { createControlClient } from '../control/control-client.ts'
import { readOrganizationText } from '../control/load-organization-file.ts'
import { readOrganization } from '@meterline/control-log'
import { provisionSchemas } from '../provision/provision.ts'
import { provisionTopics } from '../provision/topics.ts'
import { credentialsOf } from './installation-credentials.ts'
import type { Reporter } from './reporter.ts'
import { serviceSpec } from './service-specs.ts'
import type { ServiceName, ServiceSettings } from './service-specs.ts'
import type { UpFlags } from './up-flags.ts'

const SAMPLE_ORGANIZATION = join(REPOSITORY_ROOT, 'examples/organization.yaml')

/** Those that need topics, schemas, tables and the organization. */
const LAST = ['gateway', 'processor', 'sink', 'notifier'] as const satisfies readonly ServiceName[]

export interface StartOptions {
  readonly flags: UpFlags
  readonly stateDir: string
  readonly reporter: Reporter
  readonly stopping: AbortSignal
  /** Told of everything that has to be stopped, as soon as it runs; stopped in the opposite order. */
  readonly onStarted: (name: string, stop: () => Promise<void>) => void
  readonly onEvent: (event: SupervisorEvent) => void
}

export interface RunningMeterline {
  readonly credentials: Credentials
  readonly kafka: KafkaClient
  /** Whether the log held no organization before. */
  readonly isNew: boolean
}

/** Brings everything up in the order in which it needs each other, and resolves when every health check is green. */
export async function startMeterline(options: StartOptions): Promise<RunningMeterline> {
  const { flags, stateDir, reporter, stopping, onStarted } = options
  const ports = {
    registry: flags.registryPort,
    gateway: flags.gatewayPort,
    processor: flags.processorPort,
    sink: flags.sinkPort,
    control: flags.controlPort,
    notifier: flags.notifierPort,
  }
  await assertPortsFree({
    'the gateway': ports.gateway,
    'the schema registry': ports.registry,
    "the processor's health": ports.processor,
    "the sink's health": ports.sink,
    'the control service': ports.control,
    "the notifier's health": ports.notifier,
  })
  const stack = await bringUpStack(options)
  stopping.throwIfAborted()

  const kafka = openKafka(stack.kafkaBrokers.join(','))
  onStarted('kafka client', () => kafka.close())
  await reporter.step('topics', () => provisionTopics(kafka, flags.replicationFactor))
  const credentials = credentialsOf({ stack, ports, former: readCredentials(stateDir), env: process.env })
  const settings = serviceSettings(options, ports, credentials)

  const known = settingsOf(await readOrganization(kafka))
  const isNew = known === undefined
  const sample = isNew && flags.empty !== true ? readOrganizationText(SAMPLE_ORGANIZATION) : undefined
  const zone = known?.reporting_time_zone ?? sample?.file.organization.reporting_time_zone ?? 'UTC'
  writeCredentials(stateDir, credentials)

  await Promise.all([
    reporter.step('control and organization', async () => {
      await run('control', settings, options)
      if (sample !== undefined) await loadSample(sample, credentials, stateDir)
    }),
    reporter.step('tables', () => migrateTables(stack, zone)),
    reporter.step('schema registry', async () => {
      if (process.env['SCHEMA_REGISTRY_URL'] === undefined) await run('registry', settings, options)
      await provisionSchemas(credentials.schema_registry_url)
    }),
  ])
  stopping.throwIfAborted()
  await reporter.step('gateway, processor, sink, notifier', () =>
    Promise.all(LAST.map((name) => run(name, settings, options))),
  )
  stopping.throwIfAborted()
  return { credentials: readCredentials(stateDir) ?? credentials, kafka, isNew }
}

async function bringUpStack({ flags, stateDir, reporter, onStarted, onEvent }: StartOptions): Promise<Stack> {
  return reporter.step('Kafka and ClickHouse', async () => {
    const stack = await startStack({
      env: process.env,
      stateDir,
      cacheDir: process.env['METERLINE_CACHE_DIR'] ?? join(REPOSITORY_ROOT, '.meterline/cache'),
      ports: {
        kafka: flags.kafkaPort,
        kafkaController: flags.kafkaControllerPort,
        clickhouseHttp: flags.clickhouseHttpPort,
        clickhouseTcp: flags.clickhouseNativePort,
      },
      onEvent,
      onDecision: ({ description }) =>
        reporter.line(`${process.stdout.isTTY ? '\r\u001B[K' : ''}  ${description}`),
    })
    onStarted('Kafka and ClickHouse', () => stack.stop())
    return stack
  })
}

/**
 * Through the control service, as anybody's. Only into an empty log: what a person applied since is not undone. The secrets are
 * made and saved first: a start that is cut off after the apply has not lost them.
 */
async function loadSample(
  { text, file }: ReturnType<typeof readOrganizationText>,
  credentials: Credentials,
  stateDir: string,
): Promise<void> {
  const known = new Map(credentials.keys.map(({ id, secret }) => [id, secret]))
  const { project: projects } = organizationEntities(file)
  const keys = (file.keys ?? []).map(({ id, project, environment }) => {
    const secret = known.get(id) ?? mintSecret().secret
    return { id, secret, team: projects.get(project)?.team ?? '', environment }
  })
  writeCredentials(stateDir, { ...credentials, keys })
  const client = createControlClient(credentials.control_url, credentials.admin_token)
  const knownSecrets = new Map(keys.map(({ id, secret }) => [id, secret]))
  await applyFile(client, { file: text, dryRun: false, knownSecrets })
}

/** The days of the views are those of the organization's reporting time zone. */
async function migrateTables({ clickhouse: access }: Stack, reportingTimeZone: string): Promise<void> {
  const clickhouse = createClickhouse({
    url: access.url,
    database: access.database,
    username: access.user,
    password: access.password,
  })
  try {
    await migrate(clickhouse, { reportingTimeZone })
  } finally {
    await clickhouse.close()
  }
}

async function run(
  name: ServiceName,
  settings: ServiceSettings,
  { onStarted }: StartOptions,
): Promise<Supervised> {
  const supervised = supervise(serviceSpec(name, settings))
  onStarted(name, () => supervised.stop())
  await supervised.ready()
  return supervised
}

function serviceSettings(
  { stateDir, onEvent }: StartOptions,
  ports: ServiceSettings['ports'],
  credentials: Credentials,
): ServiceSettings {
  return {
    stateDir,
    ports,
    onEvent,
    own: {
      sink: {
        CLICKHOUSE_USER: credentials.clickhouse_sink_user,
        CLICKHOUSE_PASSWORD: credentials.clickhouse_sink_password,
      },
    },
    environment: {
      KAFKA_BROKERS: credentials.kafka_brokers,
      SCHEMA_REGISTRY_URL: credentials.schema_registry_url,
      CLICKHOUSE_URL: credentials.clickhouse_url,
      CLICKHOUSE_DATABASE: credentials.clickhouse_database,
      CLICKHOUSE_USER: credentials.clickhouse_user,
      CLICKHOUSE_PASSWORD: credentials.clickhouse_password,
      METERLINE_ADMIN_TOKEN: credentials.admin_token,
      METERLINE_STATE_DIR: stateDir,
      GATEWAY_PORT: String(ports.gateway),
      REGISTRY_PORT: String(ports.registry),
      PROCESSOR_PORT: String(ports.processor),
      SINK_PORT: String(ports.sink),
      CONTROL_PORT: String(ports.control),
      NOTIFIER_PORT: String(ports.notifier),
      METERLINE_CONTROL_URL: credentials.control_url,
    },
  }
}
