import colors from 'picocolors'

import type { Credentials } from '../connection/credentials-file.ts'

/** Addresses and credentials for people; programs read the file. */
export function welcomeText(credentials: Credentials, path: string): string {
  const rows = [
    ['gateway', credentials.gateway_url, 'POST /v1/events, API in /openapi.json'],
    ['control', credentials.control_url, 'keys, budgets, requests; API in /openapi.json'],
    ['kafka', credentials.kafka_brokers, 'topic usage.events'],
    [
      'clickhouse',
      credentials.clickhouse_url,
      `native ${credentials.clickhouse_native}, database ${credentials.clickhouse_database}`,
    ],
    ['  reader', credentials.clickhouse_reader_user, credentials.clickhouse_reader_password],
    ['registry', credentials.schema_registry_url, ''],
  ] as const
  const lines = rows.map(([name, value, note]) =>
    `  ${name.padEnd(11)} ${colors.cyan(value.padEnd(24))} ${colors.dim(note)}`.trimEnd(),
  )
  const key = credentials.keys[0]
  if (key !== undefined) lines.push(`  ${'a key'.padEnd(11)} ${key.secret} ${colors.dim(key.id)}`)
  lines.push(`  ${'all of it'.padEnd(11)} ${path}`)
  lines.push(
    '',
    `  ${colors.dim('In another terminal:')} npx meterline top · alerts --follow · send · sql "SELECT …" · doctor`,
  )
  return lines.join('\n')
}
