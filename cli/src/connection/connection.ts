import { createClickhouse } from '@meterline/clickhouse'
import type { Clickhouse } from '@meterline/clickhouse'
import { createKafkaClient } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'
import { kafkaConnection, kafkaEnvironment, parseConfig } from '@meterline/runtime'
import { z } from 'zod'

import { CliError } from '../cli-error.ts'
import { readCredentials } from './credentials-file.ts'
import type { Credentials } from './credentials-file.ts'
import { stateDirOf } from './state-dir.ts'

/** Where a running Meterline is: the environment, over the credentials that `up` wrote. Nothing is contacted yet. */
export interface Connection {
  readonly stateDir: string
  readonly credentials: Partial<Credentials>
  openKafka(): KafkaClient
  /** As the user that only reads, where there is one. */
  openClickhouseReader(): Clickhouse
  openClickhouse(): Clickhouse
  /** Throws `CliError` with the way out when it is not known. */
  need<K extends keyof Credentials>(name: K): Credentials[K]
}

const ENVIRONMENT = {
  gateway_url: 'GATEWAY_URL',
  kafka_brokers: 'KAFKA_BROKERS',
  clickhouse_url: 'CLICKHOUSE_URL',
  clickhouse_database: 'CLICKHOUSE_DATABASE',
  clickhouse_user: 'CLICKHOUSE_USER',
  clickhouse_password: 'CLICKHOUSE_PASSWORD',
  clickhouse_sink_user: 'CLICKHOUSE_SINK_USER',
  clickhouse_sink_password: 'CLICKHOUSE_SINK_PASSWORD',
  clickhouse_reader_user: 'CLICKHOUSE_READER_USER',
  clickhouse_reader_password: 'CLICKHOUSE_READER_PASSWORD',
  control_url: 'METERLINE_CONTROL_URL',
  admin_token: 'METERLINE_ADMIN_TOKEN',
  schema_registry_url: 'SCHEMA_REGISTRY_URL',
} as const satisfies Partial<Record<keyof Credentials, string>>

export function openConnection(options: { readonly stateDir?: string | undefined }): Connection {
  const stateDir = stateDirOf(options)
  const credentials: Partial<Credentials> = { ...readCredentials(stateDir), ...fromEnvironment() }
  const need: Connection['need'] = (name) => {
    const value = credentials[name]
    if (value !== undefined) return value
    const variable = name in ENVIRONMENT ? ` or set ${ENVIRONMENT[name as keyof typeof ENVIRONMENT]}` : ''
    throw new CliError(
      `no ${name} known: ${stateDir} has no credentials. Start Meterline with "npm start"${variable}.`,
    )
  }
  const clickhouseAs = (username: string, password: string): Clickhouse =>
    createClickhouse({
      url: need('clickhouse_url'),
      database: credentials.clickhouse_database ?? 'meterline',
      username,
      password,
    })
  return {
    stateDir,
    credentials,
    need,
    openKafka: () => openKafka(need('kafka_brokers')),
    openClickhouse: () =>
      clickhouseAs(credentials.clickhouse_user ?? 'default', credentials.clickhouse_password ?? ''),
    openClickhouseReader: () =>
      clickhouseAs(
        credentials.clickhouse_reader_user ?? credentials.clickhouse_user ?? 'default',
        credentials.clickhouse_reader_password ?? credentials.clickhouse_password ?? '',
      ),
  }
}

/** A client for these brokers; TLS and SASL come from the environment, as for the services. */
export function openKafka(brokers: string): KafkaClient {
  const config = parseConfig(z.object(kafkaEnvironment), { ...process.env, KAFKA_BROKERS: brokers })
  return createKafkaClient({ ...kafkaConnection(config), clientId: 'meterline-cli' })
}

function fromEnvironment(): Partial<Credentials> {
  const found = Object.entries(ENVIRONMENT).flatMap(([name, variable]) => {
    const value = process.env[variable]
    return value === undefined || value === '' ? [] : [[name, value] as const]
  })
  return Object.fromEntries(found)
}
