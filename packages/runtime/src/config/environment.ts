import { z } from 'zod'

/** Pieces of configuration that several services read, by their variable names; a service spreads them into its own schema. */
export const logEnvironment = {
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  HOST: z.string().default('127.0.0.1'),
}

export const kafkaEnvironment = {
  KAFKA_BROKERS: z
    .string({ error: 'give a comma-separated list of host:port' })
    .transform((list) => list.split(',').map((broker) => broker.trim()))
    .pipe(
      z.array(z.string().regex(/^\S+:\d{1,5}$/, 'each broker is host:port, such as 127.0.0.1:9092')).min(1),
    ),
  KAFKA_TLS: booleanText().default(false),
  KAFKA_SASL_MECHANISM: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
}

export const registryEnvironment = {
  SCHEMA_REGISTRY_URL: httpUrl('give the schema registry as http(s)://host:port'),
}

export const clickhouseEnvironment = {
  CLICKHOUSE_URL: httpUrl('give ClickHouse as http(s)://host:port'),
  CLICKHOUSE_DATABASE: z.string().default('meterline'),
  CLICKHOUSE_USER: z.string().default('default'),
  CLICKHOUSE_PASSWORD: z.string().default(''),
}

/** A TCP port; 0 lets the system choose one. */
export function port(byDefault: number) {
  return z.coerce
    .number({ error: 'give a port number' })
    .int('a port is a whole number')
    .min(0, 'a port is between 0 and 65535')
    .max(65_535, 'a port is between 0 and 65535')
    .default(byDefault)
}

export function httpUrl(message: string) {
  return z.url({ protocol: /^https?$/, error: message })
}

export function booleanText() {
  return z
    .enum(['true', 'false', '1', '0'], { error: 'say true or false' })
    .transform((text) => text === 'true' || text === '1')
}
