import type { Stack } from '@meterline/local-stack'
import { randomBytes } from 'node:crypto'

import type { Credentials } from '../connection/credentials-file.ts'
import type { ServiceName } from './service-specs.ts'

/** Addresses of this start, with the secrets of the former ones: a second start must not lock anybody out. */
export function credentialsOf(of: {
  readonly stack: Stack
  readonly ports: Readonly<Record<ServiceName, number>>
  readonly former: Credentials | undefined
  readonly env: NodeJS.ProcessEnv
}): Credentials {
  const { stack, ports, former, env } = of
  const { clickhouse } = stack
  return {
    gateway_url: `http://127.0.0.1:${ports.gateway}`,
    kafka_brokers: stack.kafkaBrokers.join(','),
    clickhouse_url: clickhouse.url,
    clickhouse_native: `${clickhouse.nativeHost}:${clickhouse.nativePort}`,
    clickhouse_database: clickhouse.database,
    clickhouse_user: clickhouse.user,
    clickhouse_password: clickhouse.password,
    clickhouse_sink_user: clickhouse.sinkUser,
    clickhouse_sink_password: clickhouse.sinkPassword,
    clickhouse_reader_user: clickhouse.readerUser,
    clickhouse_reader_password: clickhouse.readerPassword,
    control_url: `http://127.0.0.1:${ports.control}`,
    notifier_url: `http://127.0.0.1:${ports.notifier}`,
    admin_token:
      env['METERLINE_ADMIN_TOKEN'] ?? former?.admin_token ?? `mla_${randomBytes(32).toString('base64url')}`,
    schema_registry_url: env['SCHEMA_REGISTRY_URL'] ?? `http://127.0.0.1:${ports.registry}`,
    keys: former?.keys ?? [],
  }
}
