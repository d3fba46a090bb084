import { clickhouseNames } from './credentials.ts'
import type { ClickhouseCredentials } from './credentials.ts'

/** Everything a client needs: the owner's account for migrations, the sink's for its rows, the reader's for BI tools. */
export interface ClickhouseAccess {
  readonly url: string
  readonly nativeHost: string
  readonly nativePort: number
  readonly database: string
  readonly user: string
  readonly password: string
  readonly sinkUser: string
  readonly sinkPassword: string
  readonly readerUser: string
  readonly readerPassword: string
}

export interface LoopbackPorts {
  readonly httpPort: number
  readonly tcpPort: number
}

export function loopbackAccess(ports: LoopbackPorts, credentials: ClickhouseCredentials): ClickhouseAccess {
  return {
    url: `http://127.0.0.1:${ports.httpPort}`,
    nativeHost: '127.0.0.1',
    nativePort: ports.tcpPort,
    ...clickhouseNames,
    ...credentials,
  }
}

/**
 * A ClickHouse given by the environment: CLICKHOUSE_URL, and CLICKHOUSE_USER, CLICKHOUSE_PASSWORD, CLICKHOUSE_DATABASE,
 * CLICKHOUSE_NATIVE_PORT beside it. A user and a password in the URL count where those are not set. Without a reader
 * or a sink of its own (CLICKHOUSE_READER_USER, CLICKHOUSE_SINK_USER, …_PASSWORD) the one account serves all.
 */
export function externalAccess(url: string, env: NodeJS.ProcessEnv): ClickhouseAccess {
  const parsed = new URL(url)
  const user = env['CLICKHOUSE_USER'] ?? (decodeURIComponent(parsed.username) || 'default')
  const password = env['CLICKHOUSE_PASSWORD'] ?? decodeURIComponent(parsed.password)
  return {
    url: parsed.origin,
    nativeHost: parsed.hostname,
    nativePort: Number(env['CLICKHOUSE_NATIVE_PORT'] ?? 9000),
    database: env['CLICKHOUSE_DATABASE'] ?? clickhouseNames.database,
    user,
    password,
    sinkUser: env['CLICKHOUSE_SINK_USER'] ?? user,
    sinkPassword: env['CLICKHOUSE_SINK_PASSWORD'] ?? password,
    readerUser: env['CLICKHOUSE_READER_USER'] ?? user,
    readerPassword: env['CLICKHOUSE_READER_PASSWORD'] ?? password,
  }
}
