import { readFileSync } from 'node:fs'

export interface Credentials {
  readonly gateway_url: string
  readonly kafka_brokers: string
  readonly schema_registry_url: string
  readonly keys: readonly {
    readonly id: string
    readonly secret: string
    readonly team: string
    readonly environment: string
  }[]
}

const FILE = new URL('../.meterline/credentials.json', import.meta.url)

/** Where Meterline runs: as `npm start` wrote it down, or as the environment says. */
export function readCredentials(env: NodeJS.ProcessEnv = process.env): Credentials {
  const { KAFKA_BROKERS, SCHEMA_REGISTRY_URL, GATEWAY_URL, METERLINE_KEY_ID, METERLINE_KEY } = env
  if (KAFKA_BROKERS === undefined) return JSON.parse(readFileSync(FILE, 'utf8')) as Credentials
  return {
    kafka_brokers: KAFKA_BROKERS,
    schema_registry_url: SCHEMA_REGISTRY_URL ?? 'http://127.0.0.1:8081',
    gateway_url: GATEWAY_URL ?? 'http://127.0.0.1:4100',
    keys: [{ id: METERLINE_KEY_ID ?? '', secret: METERLINE_KEY ?? '', team: '', environment: '' }],
  }
}
