import { createClickhouse } from '@meterline/clickhouse'
import type { Clickhouse } from '@meterline/clickhouse'
import { TOPICS } from '@meterline/contract'
import type { TopicDefinition } from '@meterline/contract'
import { createKafkaClient, ensureTopics } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'
import { startEmbeddedStack, supervise } from '@meterline/local-stack'
import { createLogger, createMetrics } from '@meterline/runtime'
import type { ServiceShell } from '@meterline/runtime'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { provisionClickhouse, provisionSchemas } from '../../../cli/src/provision/provision.ts'
import { readControlConfig } from '../../../services/control/src/config.ts'
import { startControl } from '../../../services/control/src/start-control.ts'
import { readGatewayConfig } from '../../../services/gateway/src/config.ts'
import { startGateway } from '../../../services/gateway/src/start-gateway.ts'
import { readProcessorConfig } from '../../../services/processor/src/config.ts'
import { startProcessor } from '../../../services/processor/src/start-processor.ts'
import { findServerPorts } from '../server-ports.ts'

const ROOT = join(import.meta.dirname, '../../..')
const READY_TIMEOUT_MS = 90_000

export const ADMIN_TOKEN = 'an-admin-token-for-the-test'

/** The whole product, at a date of its own. */
export interface DatedStack {
  readonly brokers: readonly string[]
  readonly kafka: KafkaClient
  readonly clickhouse: Clickhouse
  readonly urls: Readonly<Record<'registry' | 'control' | 'gateway', string>>
  /** What a service said that it cannot go on for. */
  readonly failures: readonly unknown[]
  stop(): Promise<void>
}

const NAMES = ['registry', 'control', 'gateway', 'meter', 'burn', 'sink'] as const
type Name = (typeof NAMES)[number]

/**
 * Kafka, ClickHouse, registry, meter and sink as processes; and, in this one, the three services that decide something by the date,
 * each in the shell that its process would give it, but for its clock: control, gateway, and burn.
 */
export async function startDatedStack(nowMs: () => number): Promise<DatedStack> {
  const stateDir = await mkdtemp(join(tmpdir(), 'meterline-dated-'))
  const undo: (() => Promise<unknown>)[] = [() => rm(stateDir, { recursive: true, force: true })]
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step()
  }
  try {
    const ports = await findServerPorts(NAMES.length + 4)
    const portOf = (name: Name): string => String(ports[NAMES.indexOf(name)])
    const urlOf = (name: Name): string => `http://127.0.0.1:${portOf(name)}`
    const [kafkaPort = 0, kafkaController = 0, clickhouseHttp = 0, clickhouseTcp = 0] = ports.slice(-4)
    const servers = await startEmbeddedStack({
      stateDir,
      cacheDir: process.env['METERLINE_CACHE_DIR'] ?? join(ROOT, '.meterline/cache'),
      ports: { kafka: kafkaPort, kafkaController, clickhouseHttp, clickhouseTcp },
    })
    undo.push(() => servers.stop())
    const { url, database, user, password, sinkUser, sinkPassword } = servers.clickhouse
    const kafka = createKafkaClient({ brokers: servers.kafkaBrokers, clientId: 'dated-test' })
    undo.push(() => kafka.close())
    const clickhouse = createClickhouse({ url, database, username: user, password })
    undo.push(() => clickhouse.close())
    await Promise.all([createTopics(kafka), provisionClickhouse(clickhouse, kafka)])

    const env = {
      KAFKA_BROKERS: servers.kafkaBrokers.join(','),
      SCHEMA_REGISTRY_URL: urlOf('registry'),
      CLICKHOUSE_URL: url,
      CLICKHOUSE_DATABASE: database,
      CLICKHOUSE_USER: user,
      CLICKHOUSE_PASSWORD: password,
      METERLINE_ADMIN_TOKEN: ADMIN_TOKEN,
      METERLINE_SUPERVISED: '1',
      LOG_LEVEL: 'warn',
    }
    const startProcess = async (name: Name, service: string, own: NodeJS.ProcessEnv): Promise<void> => {
      const supervised = supervise({
        name,
        command: process.execPath,
        args: [join(ROOT, 'services', service, 'src/main.ts')],
        env: { ...env, ...own, METERLINE_STATE_DIR: join(stateDir, name) },
        logFile: join(stateDir, `${name}.log`),
        isReady: async () => (await fetch(`${urlOf(name)}/health/ready`)).ok,
        readyTimeoutMs: READY_TIMEOUT_MS,
      })
      undo.push(() => supervised.stop())
      await supervised.ready()
    }
    await startProcess('registry', 'registry', { REGISTRY_PORT: portOf('registry') })
    await provisionSchemas(urlOf('registry'))

    const failures: unknown[] = []
    const shellOf = (name: string): ServiceShell => ({
      name,
      logger: createLogger({ name, level: 'error' }),
      metrics: createMetrics(name),
      nowMs,
      stopping: new AbortController().signal,
      fail: (error) => failures.push(error),
    })
    const startHere = async (starting: Promise<{ stop(): Promise<void> }>): Promise<void> => {
      const running = await starting
      undo.push(() => running.stop())
    }
    await startHere(
      startControl(readControlConfig({ ...env, CONTROL_PORT: portOf('control') }), shellOf('control')),
    )
    await Promise.all([
      startHere(
        startGateway(readGatewayConfig({ ...env, GATEWAY_PORT: portOf('gateway') }), shellOf('gateway')),
      ),
      startHere(
        startProcessor(
          readProcessorConfig({ ...env, PROCESSOR_TOPOLOGIES: 'burn', PROCESSOR_PORT: portOf('burn') }),
          shellOf('burn'),
        ),
      ),
      startProcess('meter', 'processor', {
        PROCESSOR_TOPOLOGIES: 'meter',
        PROCESSOR_PORT: portOf('meter'),
      }),
      startProcess('sink', 'sink', {
        CLICKHOUSE_USER: sinkUser,
        CLICKHOUSE_PASSWORD: sinkPassword,
        SINK_PORT: portOf('sink'),
      }),
    ])
    const urls = { registry: urlOf('registry'), control: urlOf('control'), gateway: urlOf('gateway') }
    return { brokers: servers.kafkaBrokers, kafka, clickhouse, urls, failures, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** As they are provisioned, but that nothing is deleted for its age: to the broker, records of another date are old. */
async function createTopics(kafka: KafkaClient): Promise<void> {
  await ensureTopics(
    kafka,
    Object.values<TopicDefinition>(TOPICS).map(({ name, partitions, cleanup, maxMessageBytes }) => ({
      name,
      partitions,
      replicationFactor: 1,
      config: {
        'cleanup.policy': cleanup === 'keep' ? 'delete' : cleanup,
        'retention.ms': '-1',
        ...(maxMessageBytes === undefined ? {} : { 'max.message.bytes': String(maxMessageBytes) }),
      },
    })),
  )
}
