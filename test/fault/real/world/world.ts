import { createClickhouse } from '@meterline/clickhouse'
import type { Clickhouse } from '@meterline/clickhouse'
import { parseOrganizationFile } from '@meterline/contract'
import { createKafkaClient } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'
import { startKafkaCluster } from '@meterline/local-stack'
import type { KafkaCluster } from '@meterline/local-stack'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { applyOrganization } from '../../../support/apply-organization.ts'
import { provisionClickhouse, provisionSchemas } from '../../../../cli/src/provision/provision.ts'
import { provisionTopics } from '../../../../cli/src/provision/topics.ts'
import { CACHE_DIR } from '../../../bench/stack/paths.ts'
import { openClickhouseServer } from './clickhouse-server.ts'
import type { ClickhouseServer } from './clickhouse-server.ts'
import { findServerPorts } from '../../../support/server-ports.ts'
import { startServiceProcess } from './service-process.ts'
import type { ServiceKind, ServiceProcess } from './service-process.ts'
import { mountSmallDisk } from './small-disk.ts'
import type { SmallDisk } from './small-disk.ts'

/** Everything real: three brokers, ClickHouse, and the services as they run in production, two where two can share the work. */
export interface World {
  readonly stateDir: string
  readonly cluster: KafkaCluster
  readonly brokers: readonly string[]
  readonly kafka: KafkaClient
  readonly server: ClickhouseServer
  readonly clickhouse: Clickhouse
  readonly disk: SmallDisk | { readonly refused: string }
  readonly services: readonly ServiceProcess[]
  readonly registryUrl: string
  readonly gatewayUrl: string
  schemaId(subject: string): number
  secretOf(keyId: string): string
  ofKind(kind: ServiceKind): readonly ServiceProcess[]
  /** Times that a service ended without having been told to, with its code or signal. */
  readonly exits: readonly string[]
  stop(): Promise<void>
}

const SERVICES: readonly (readonly [string, ServiceKind])[] = [
  ['registry', 'registry'],
  ['processor-1', 'processor'],
  ['processor-2', 'processor'],
  ['sink-1', 'sink'],
  ['sink-2', 'sink'],
  ['gateway', 'gateway'],
]
const BROKERS = 3
const BROKER_HEAP_MB = 256

export async function startWorld(options: { readonly organization: string }): Promise<World> {
  const stateDir = await mkdtemp(join(tmpdir(), 'meterline-faults-'))
  const closing: (() => Promise<unknown>)[] = [() => rm(stateDir, { recursive: true, force: true })]
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> =>
    (stopped ??= (async () => {
      for (const close of closing.toReversed()) await close()
    })())
  try {
    const ports = await findServerPorts(2 * BROKERS + 2 + SERVICES.length)
    const take = (): number => ports.pop() ?? 0
    const clickhouseDir = join(stateDir, 'clickhouse')
    const disk = await mountSmallDisk(clickhouseDir)
    if ('unmount' in disk) closing.push(() => disk.unmount())
    const cluster = await startKafkaCluster({
      ports: Array.from({ length: BROKERS }, () => ({ port: take(), controllerPort: take() })),
      dir: stateDir,
      cacheDir: CACHE_DIR,
      heapMb: BROKER_HEAP_MB,
    })
    closing.push(() => cluster.stop())
    const server = await openClickhouseServer({
      httpPort: take(),
      tcpPort: take(),
      dataDir: clickhouseDir,
      logFile: join(stateDir, 'logs', 'clickhouse.log'),
    })
    closing.push(() => server.stop())
    const kafka = createKafkaClient({ brokers: cluster.brokers, clientId: 'fault-suite' })
    closing.push(() => kafka.close())
    const { url, database, user, password } = server
    const clickhouse = createClickhouse({ url, database, username: user, password })
    closing.push(() => clickhouse.close())

    await provisionTopics(kafka)
    const portOf = new Map(SERVICES.map(([name]) => [name, take()]))
    const urlOf = (name: string): string => `http://127.0.0.1:${portOf.get(name)}`
    const environment = {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      KAFKA_BROKERS: cluster.brokers.join(','),
      SCHEMA_REGISTRY_URL: urlOf('registry'),
      CLICKHOUSE_URL: url,
      CLICKHOUSE_DATABASE: database,
      CLICKHOUSE_USER: user,
      CLICKHOUSE_PASSWORD: password,
      METERLINE_ADMIN_TOKEN: randomUUID(),
      METERLINE_SUPERVISED: '1',
      LOG_LEVEL: 'info',
    }
    const exits: string[] = []
    const services: ServiceProcess[] = []
    closing.push(() => Promise.all(services.map((service) => service.stop())))
    const start = async ([name, kind]: readonly [string, ServiceKind]): Promise<void> => {
      const service = await startServiceProcess({
        name,
        kind,
        port: portOf.get(name) ?? 0,
        env: {
          ...environment,
          METERLINE_STATE_DIR: join(stateDir, name),
          [`${kind.toUpperCase()}_PORT`]: String(portOf.get(name)),
        },
        logFile: join(stateDir, 'logs', `${name}.log`),
        onEvent: (event) => {
          if (event.kind === 'exited') exits.push(`${name}: ${event.signal ?? event.code}`)
        },
      })
      services.push(service)
    }
    const [registry, ...others] = SERVICES
    if (registry !== undefined) await start(registry)
    const subjects = new Map(
      (await provisionSchemas(urlOf('registry'))).map(({ subject, id }) => [subject, id]),
    )
    const secrets = await apply(kafka, options.organization)
    await provisionClickhouse(clickhouse, kafka)
    await Promise.all(others.map(start))
    return {
      stateDir,
      cluster,
      brokers: cluster.brokers,
      kafka,
      server,
      clickhouse,
      disk,
      services,
      registryUrl: urlOf('registry'),
      gatewayUrl: urlOf('gateway'),
      schemaId: (subject) => known(subjects, subject),
      secretOf: (keyId) => known(secrets, keyId),
      ofKind: (kind) =>
        services.filter((service) => service.kind === kind).sort((a, b) => (a.name < b.name ? -1 : 1)),
      exits,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function apply(kafka: KafkaClient, yaml: string): Promise<Map<string, string>> {
  const parsed = parseOrganizationFile(yaml)
  if (!parsed.ok) throw new Error(`the organization is wrong: ${JSON.stringify(parsed.problems[0])}`)
  const { newKeys } = await applyOrganization(kafka, {
    file: parsed.file,
    dryRun: false,
    actor: 'fault-suite',
    knownSecrets: new Map(),
  })
  return new Map(newKeys.map(({ id, secret }) => [id, secret]))
}

function known<T>(values: ReadonlyMap<string, T>, name: string): T {
  const value = values.get(name)
  if (value === undefined) throw new Error(`${name} is not known`)
  return value
}
