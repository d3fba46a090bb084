import { randomBytes } from 'node:crypto'

export interface ClickhouseCredentials {
  readonly password: string
  readonly sinkPassword: string
  readonly readerPassword: string
}

/** The names every way of running ClickHouse shares; infra/clickhouse-server has their rights. */
export const clickhouseNames = {
  database: 'meterline',
  user: 'meterline',
  sinkUser: 'meterline_sink',
  readerUser: 'meterline_reader',
} as const

/** By this name, which SQL and every HTTP answer tell, a client knows that it speaks to the embedded engine (packages/clickhouse/src/write-witness.ts). */
export function embeddedDisplayName(httpPort: number): string {
  return `meterline-embedded-${httpPort}`
}

export function generateCredentials(): ClickhouseCredentials {
  return {
    password: randomPassword(),
    sinkPassword: randomPassword(),
    readerPassword: randomPassword(),
  }
}

/** What infra/clickhouse-server/*.xml reads from the environment. */
export function serverEnvironment(
  credentials: ClickhouseCredentials,
  displayName: string,
): Record<string, string> {
  return {
    METERLINE_CLICKHOUSE_PASSWORD: credentials.password,
    METERLINE_CLICKHOUSE_SINK_PASSWORD: credentials.sinkPassword,
    METERLINE_CLICKHOUSE_READER_PASSWORD: credentials.readerPassword,
    METERLINE_CLICKHOUSE_DISPLAY_NAME: displayName,
  }
}

function randomPassword(): string {
  return randomBytes(18).toString('base64url')
}
