import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

import { CliError } from '../cli-error.ts'
import { writeStateFile } from './state-dir.ts'

const keyCredential = z.object({
  id: z.string(),
  secret: z.string(),
  team: z.string(),
  environment: z.string(),
})

const credentials = z.object({
  gateway_url: z.string(),
  /** Comma-separated `host:port`. */
  kafka_brokers: z.string(),
  clickhouse_url: z.string(),
  /** `host:port` of ClickHouse's own protocol. */
  clickhouse_native: z.string(),
  clickhouse_database: z.string(),
  clickhouse_user: z.string(),
  clickhouse_password: z.string(),
  /** Adds rows and changes no table. Empty in files of earlier versions; `up` writes the file anew. */
  clickhouse_sink_user: z.string().default(''),
  clickhouse_sink_password: z.string().default(''),
  /** Reads only: for BI tools and `meterline sql`. */
  clickhouse_reader_user: z.string(),
  clickhouse_reader_password: z.string(),
  /** Commands and questions about the organization; files of earlier versions do not name it. */
  control_url: z.string().default('http://127.0.0.1:4120'),
  notifier_url: z.string().default('http://127.0.0.1:4121'),
  admin_token: z.string(),
  schema_registry_url: z.string(),
  keys: z.array(keyCredential),
})

/** `credentials.json`: what the terminal says to people, for other programs. */
export type Credentials = z.output<typeof credentials>
export type KeyCredential = z.output<typeof keyCredential>

export function credentialsPath(stateDir: string): string {
  return join(stateDir, 'credentials.json')
}

/** `undefined` when there is no such file yet. */
export function readCredentials(stateDir: string): Credentials | undefined {
  const path = credentialsPath(stateDir)
  try {
    return credentials.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new CliError(`${path} cannot be read; start with --fresh, or delete it and run "npm start" again`, {
      cause,
    })
  }
}

export function writeCredentials(stateDir: string, content: Credentials): void {
  writeStateFile(credentialsPath(stateDir), content)
}
