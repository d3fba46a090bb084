import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { KAFKA_ACCESS } from '@meterline/contract'
import {
  generateCredentials,
  securedSettings,
  startClickhouse,
  startKafka,
  supervise,
} from '@meterline/local-stack'

import { findServerPorts } from '../server-ports.ts'

const ROOT = join(import.meta.dirname, '../../..')
const run = promisify(execFile)

export interface SecuredMeterline {
  /** What a program has to know to come in as that user of Kafka. */
  environmentOf(user: string): Record<string, string>
  start(service: string, user: string): Promise<void>
  /** A command of the CLI as the operator, with the owner's account in ClickHouse. */
  cli(...args: string[]): Promise<string>
  readonly gatewayUrl: string
  readonly saslBroker: string
  stop(): Promise<void>
}

/** Kafka with users and access rules, ClickHouse with its accounts, and services started one by one with their own. */
export async function startSecuredMeterline(): Promise<SecuredMeterline> {
  const stateDir = mkdtempSync(join(tmpdir(), 'meterline-secured-'))
  const names = [
    'kafka',
    'controller',
    'sasl',
    'http',
    'tcp',
    'gateway',
    'registry',
    'processor',
    'sink',
    'control',
    'notifier',
  ]
  const found = await findServerPorts(names.length)
  const port = (name: string): number => found[names.indexOf(name)] ?? 0
  const users = ['operator', ...KAFKA_ACCESS.map(({ user }) => user)]
  const passwords = new Map(users.map((user) => [user, randomBytes(18).toString('hex')]))
  const stops: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (const end of stops.toReversed()) await end()
    rmSync(stateDir, { recursive: true, force: true })
  }
  try {
    const kafka = await startKafka({
      port: port('kafka'),
      controllerPort: port('controller'),
      dataDir: join(stateDir, 'kafka'),
      logFile: join(stateDir, 'kafka.log'),
      cacheDir: process.env['METERLINE_CACHE_DIR'] ?? join(ROOT, '.meterline/cache'),
      scramUsers: Object.fromEntries(passwords),
      settings: {
        ...securedSettings(),
        listeners: `SERVICES://127.0.0.1:${port('sasl')},PLAINTEXT://127.0.0.1:${port('kafka')},CONTROLLER://127.0.0.1:${port('controller')}`,
        'advertised.listeners': `SERVICES://127.0.0.1:${port('sasl')},PLAINTEXT://127.0.0.1:${port('kafka')}`,
      },
    })
    stops.push(() => kafka.stop())
    const accounts = generateCredentials()
    const clickhouse = await startClickhouse({
      httpPort: port('http'),
      tcpPort: port('tcp'),
      dataDir: join(stateDir, 'clickhouse'),
      logFile: join(stateDir, 'clickhouse.log'),
      credentials: accounts,
    })
    stops.push(() => clickhouse.stop())

    const saslBroker = `127.0.0.1:${port('sasl')}`
    const environmentOf = (user: string): Record<string, string> => ({
      KAFKA_BROKERS: saslBroker,
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: user,
      KAFKA_SASL_PASSWORD: passwords.get(user) ?? '',
      SCHEMA_REGISTRY_URL: `http://127.0.0.1:${port('registry')}`,
      METERLINE_CONTROL_URL: `http://127.0.0.1:${port('control')}`,
      METERLINE_ADMIN_TOKEN: 'an-admin-token-for-the-test',
      METERLINE_STATE_DIR: stateDir,
      CLICKHOUSE_URL: clickhouse.url,
      CLICKHOUSE_DATABASE: 'meterline',
      ...(user === 'sink'
        ? { CLICKHOUSE_USER: 'meterline_sink', CLICKHOUSE_PASSWORD: accounts.sinkPassword }
        : { CLICKHOUSE_USER: 'meterline_reader', CLICKHOUSE_PASSWORD: accounts.readerPassword }),
    })
    return {
      environmentOf,
      gatewayUrl: `http://127.0.0.1:${port('gateway')}`,
      saslBroker,

      stop,
      async start(service, user) {
        const supervised = supervise({
          name: service,
          command: process.execPath,
          args: [join(ROOT, 'services', service, 'src/main.ts')],
          env: {
            ...process.env,
            ...environmentOf(user),
            [`${service.toUpperCase()}_PORT`]: String(port(service)),
          },
          cwd: ROOT,
          logFile: join(stateDir, `${service}.log`),
          isReady: async () => (await fetch(`http://127.0.0.1:${port(service)}/health/ready`)).ok,
          readyTimeoutMs: 60_000,
        })
        stops.push(() => supervised.stop())
        await supervised.ready()
      },
      async cli(...args) {
        const { stdout } = await run(
          process.execPath,
          ['cli/src/main.ts', ...args, '--state-dir', stateDir],
          {
            cwd: ROOT,
            env: {
              ...process.env,
              ...environmentOf('operator'),
              CLICKHOUSE_USER: 'meterline',
              CLICKHOUSE_PASSWORD: accounts.password,
            },
          },
        )
        return stdout
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}
