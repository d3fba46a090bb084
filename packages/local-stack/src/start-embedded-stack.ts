import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { loopbackAccess } from './clickhouse/access.ts'
import type { ClickhouseAccess } from './clickhouse/access.ts'
import { keepCredentials } from './clickhouse/keep-credentials.ts'
import { startClickhouse } from './clickhouse/start-clickhouse.ts'
import type { Clickhouse } from './clickhouse/start-clickhouse.ts'
import { startKafka } from './kafka/start-kafka.ts'
import type { Kafka } from './kafka/start-kafka.ts'
import { defaultStackPorts } from './stack.ts'
import type { StackPorts } from './stack.ts'
import type { BackoffPolicy } from './supervise/backoff.ts'
import type { SupervisorEvent } from './supervise/events.ts'

export interface EmbeddedOptions {
  /** Data, logs and passwords, kept between starts. */
  readonly stateDir: string
  /** Downloads; `<stateDir>/cache` unless told. May be shared by several installations. */
  readonly cacheDir?: string
  readonly ports?: Partial<StackPorts>
  readonly heapMb?: number
  /** ClickHouse's users and their rights in place of infra/clickhouse-server/users.xml. */
  readonly usersFile?: string
  /** Between the end of ClickHouse and its next start. */
  readonly clickhouseBackoff?: BackoffPolicy
  /** ClickHouse gives way to others from this time after its start on. */
  readonly clickhouseGivesWayAfterMs?: number
  readonly onEvent?: (event: SupervisorEvent) => void
}

export interface EmbeddedStack {
  readonly kafkaBrokers: readonly string[]
  readonly clickhouse: ClickhouseAccess
  readonly kafkaProcess: Kafka
  readonly clickhouseProcess: Clickhouse
  stop(): Promise<void>
}

/**
 * Both servers as children of this process, on loopback. When one does not start, the other is stopped again.
 *
 * @throws StackError
 */
export async function startEmbeddedStack(options: EmbeddedOptions): Promise<EmbeddedStack> {
  const [kafka, clickhouse] = await Promise.allSettled([
    startEmbeddedKafka(options),
    startEmbeddedClickhouse(options),
  ])
  if (kafka.status === 'fulfilled' && clickhouse.status === 'fulfilled') {
    return {
      kafkaBrokers: [kafka.value.broker],
      clickhouse: clickhouse.value.access,
      kafkaProcess: kafka.value,
      clickhouseProcess: clickhouse.value.process,
      stop: async () => void (await Promise.all([kafka.value.stop(), clickhouse.value.process.stop()])),
    }
  }
  if (kafka.status === 'fulfilled') await kafka.value.stop()
  if (clickhouse.status === 'fulfilled') await clickhouse.value.process.stop()
  throw kafka.status === 'rejected' ? kafka.reason : (clickhouse as PromiseRejectedResult).reason
}

export function startEmbeddedKafka(options: EmbeddedOptions): Promise<Kafka> {
  const ports = { ...defaultStackPorts, ...options.ports }
  return startKafka({
    port: ports.kafka,
    controllerPort: ports.kafkaController,
    dataDir: join(options.stateDir, 'kafka'),
    logFile: join(options.stateDir, 'logs', 'kafka.log'),
    cacheDir: options.cacheDir ?? join(options.stateDir, 'cache'),
    ...(options.heapMb === undefined ? {} : { heapMb: options.heapMb }),
    ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
  })
}

export async function startEmbeddedClickhouse(
  options: EmbeddedOptions,
): Promise<{ process: Clickhouse; access: ClickhouseAccess }> {
  const { clickhouseHttp: httpPort, clickhouseTcp: tcpPort } = { ...defaultStackPorts, ...options.ports }
  await mkdir(options.stateDir, { recursive: true })
  const credentials = await keepCredentials(join(options.stateDir, 'clickhouse-passwords.json'))
  const process = await startClickhouse({
    httpPort,
    tcpPort,
    dataDir: join(options.stateDir, 'clickhouse'),
    logFile: join(options.stateDir, 'logs', 'clickhouse.log'),
    credentials,
    ...(options.usersFile === undefined ? {} : { usersFile: options.usersFile }),
    givesWayAfterMs: options.clickhouseGivesWayAfterMs,
    ...(options.clickhouseBackoff === undefined ? {} : { backoff: options.clickhouseBackoff }),
    ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
  })
  return { process, access: loopbackAccess({ httpPort, tcpPort }, credentials) }
}
