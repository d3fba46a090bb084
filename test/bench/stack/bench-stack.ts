import { createClickhouse } from '@meterline/clickhouse'
import type { Clickhouse } from '@meterline/clickhouse'
import { parseOrganizationFile } from '@meterline/contract'
import { createKafkaClient } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'
import { findFreePorts, startEmbeddedStack } from '@meterline/local-stack'
import type { EmbeddedStack } from '@meterline/local-stack'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { applyOrganization } from '../../support/apply-organization.ts'
import { provisionClickhouse, provisionSchemas } from '../../../cli/src/provision/provision.ts'
import { provisionTopics } from '../../../cli/src/provision/topics.ts'
import type { BenchOptions } from '../options.ts'
import { benchOrganization } from './organization.ts'
import { CACHE_DIR } from './paths.ts'
import { createRawTopic, createUsageTopics } from './raw-topic.ts'
import { startService } from './service.ts'
import { usersWithKafkaEngine } from './kafka-engine-users.ts'
import type { Service, ServiceName } from './service.ts'

const PASSED_ON = /^(PATH|HOME|TMPDIR)$/
/** It ends only when it is killed on purpose. */
const AT_ONCE = { firstMs: 1, maxMs: 1, resetAfterMs: 0 }
/** Settings that the caller's environment gives a service, to measure it with others than the usual ones. */
const SETTINGS: Partial<Record<ServiceName, RegExp>> = {
  gateway: /^GATEWAY_/,
  processor: /^PROCESSOR_/,
  sink: /^METERLINE_SINK_/,
}

/** A Meterline of its own with the benchmark's organization: servers and registry run, the other services on request. */
export interface BenchStack {
  readonly brokers: string
  readonly kafka: KafkaClient
  readonly clickhouse: Clickhouse
  readonly registry: Service
  readonly clickhouseAccess: EmbeddedStack['clickhouse']
  readonly serverPids: {
    readonly kafka: () => number | undefined
    readonly clickhouse: () => number | undefined
  }
  /** As a crash would. It is started again at once, and this resolves when it answers; `whileGone` is called in between. */
  killClickhouse(whileGone?: () => Promise<unknown>): Promise<void>
  schemaId(subject: string): number
  secretOf(keyId: string): string
  start(name: ServiceName, env?: NodeJS.ProcessEnv): Promise<Service>
  /** Ends every process and deletes the data. Safe to call twice. */
  stop(): Promise<void>
}

export async function startBenchStack(
  options: BenchOptions,
  of: {
    readonly probes: number
    readonly usagePartitions?: number
    readonly registryEnv?: NodeJS.ProcessEnv
  },
): Promise<BenchStack> {
  const { probes, usagePartitions, registryEnv } = of
  const stateDir = await mkdtemp(join(tmpdir(), 'meterline-bench-'))
  const closing: (() => Promise<unknown>)[] = [() => rm(stateDir, { recursive: true, force: true })]
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> =>
    (stopped ??= (async () => {
      for (const close of closing.toReversed()) await close()
    })())
  try {
    const servers = await startEmbeddedStack({
      stateDir,
      cacheDir: CACHE_DIR,
      ports: await freePorts(),
      usersFile: await usersWithKafkaEngine(stateDir),
      clickhouseBackoff: AT_ONCE,
      // From the start: what is measured is how it runs, not how it catches up.
      clickhouseGivesWayAfterMs: 0,
    })
    closing.push(() => servers.stop())
    const kafka = createKafkaClient({ brokers: servers.kafkaBrokers, clientId: 'bench' })
    closing.push(() => kafka.close())
    const clickhouse = openClickhouse(servers)
    closing.push(() => clickhouse.close())

    const environment = serviceEnvironment(servers, stateDir)
    const running = new Set<Service>()
    closing.push(() => Promise.all([...running].map((service) => service.stop())))
    const start = async (name: ServiceName, env: NodeJS.ProcessEnv = {}): Promise<Service> => {
      const [port = 0] = await findFreePorts(1)
      const service = await startService(name, {
        env: {
          ...environment,
          ...fromCaller(SETTINGS[name]),
          [`${name.toUpperCase()}_PORT`]: String(port),
          ...env,
        },
        port,
        logFile: join(stateDir, 'logs', `${name}.log`),
        profileDir: options.profileDir,
      })
      running.add(service)
      return service
    }

    if (usagePartitions !== undefined) await createUsageTopics(kafka, usagePartitions)
    await provisionTopics(kafka, 1)
    await createRawTopic(kafka)
    const registry = await start('registry', registryEnv)
    environment['SCHEMA_REGISTRY_URL'] = registry.url
    const subjects = new Map(
      (await provisionSchemas(registry.url)).map(({ subject, id }) => [subject, id] as const),
    )
    const secrets = await applyBenchOrganization(kafka, probes)
    await provisionClickhouse(clickhouse, kafka)
    return {
      brokers: servers.kafkaBrokers.join(','),
      kafka,
      clickhouse,
      registry,
      clickhouseAccess: servers.clickhouse,
      killClickhouse: async (whileGone) => {
        await servers.clickhouseProcess.killHard()
        await whileGone?.()
        await servers.clickhouseProcess.ready()
      },
      serverPids: {
        kafka: () => servers.kafkaProcess.pid(),
        clickhouse: () => servers.clickhouseProcess.pid(),
      },
      schemaId: (subject) => known(subjects, subject),
      secretOf: (keyId) => known(secrets, keyId),
      start,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function applyBenchOrganization(kafka: KafkaClient, probes: number): Promise<Map<string, string>> {
  const parsed = parseOrganizationFile(benchOrganization(probes))
  if (!parsed.ok)
    throw new Error(`the benchmark's organization is wrong: ${JSON.stringify(parsed.problems[0])}`)
  const { newKeys } = await applyOrganization(kafka, {
    file: parsed.file,
    dryRun: false,
    actor: 'bench',
    knownSecrets: new Map(),
  })
  return new Map(newKeys.map(({ id, secret }) => [id, secret]))
}

async function freePorts() {
  const [kafka = 0, kafkaController = 0, clickhouseHttp = 0, clickhouseTcp = 0] = await findFreePorts(4)
  return { kafka, kafkaController, clickhouseHttp, clickhouseTcp }
}

function openClickhouse({ clickhouse }: EmbeddedStack): Clickhouse {
  const { url, database, user, password } = clickhouse
  return createClickhouse({ url, database, username: user, password })
}

function serviceEnvironment(servers: EmbeddedStack, stateDir: string): NodeJS.ProcessEnv {
  const { url, database, user, password } = servers.clickhouse
  return {
    ...fromCaller(PASSED_ON),
    KAFKA_BROKERS: servers.kafkaBrokers.join(','),
    CLICKHOUSE_URL: url,
    CLICKHOUSE_DATABASE: database,
    CLICKHOUSE_USER: user,
    CLICKHOUSE_PASSWORD: password,
    METERLINE_ADMIN_TOKEN: randomUUID(),
    METERLINE_STATE_DIR: stateDir,
    METERLINE_SUPERVISED: '1',
    LOG_LEVEL: 'warn',
  }
}

function fromCaller(names: RegExp | undefined): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => names?.test(name) === true))
}

function known<T>(values: ReadonlyMap<string, T>, name: string): T {
  const value = values.get(name)
  if (value === undefined) throw new Error(`${name} is not known to the benchmark's stack`)
  return value
}
