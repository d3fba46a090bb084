import { fileURLToPath } from 'node:url'
import { serverEnvironment } from './clickhouse/credentials.ts'
import type { ClickhouseCredentials } from './clickhouse/credentials.ts'
import { StackError } from './errors.ts'
import { runCommand } from './machine/run-command.ts'
import type { StackPorts } from './stack.ts'

export type ComposeService = 'kafka' | 'clickhouse'

export interface ComposeOptions {
  readonly services: readonly ComposeService[]
  readonly ports: StackPorts
  readonly credentials: ClickhouseCredentials
}

export const composeFile = {
  dir: fileURLToPath(new URL('../../../', import.meta.url)),
  name: 'docker-compose.yml',
} as const
/** The first start pulls two images. */
const upTimeoutMs = 10 * 60_000
const stopTimeoutMs = 60_000

/**
 * `docker compose up` of the named services, waiting for their health checks; gives the call that stops them again.
 * Their volumes stay.
 *
 * @throws StackError `COMPOSE_FAILED`
 */
export async function composeUp(options: ComposeOptions): Promise<() => Promise<void>> {
  const env = { ...process.env, ...composeEnvironment(options) }
  await compose(['up', '-d', '--wait', ...options.services], { env, timeoutMs: upTimeoutMs })
  return () => compose(['stop', ...options.services], { env, timeoutMs: stopTimeoutMs })
}

/** The variables of docker-compose.yml. */
export function composeEnvironment({ ports, credentials }: ComposeOptions): Record<string, string> {
  return {
    METERLINE_KAFKA_PORT: String(ports.kafka),
    METERLINE_CLICKHOUSE_HTTP_PORT: String(ports.clickhouseHttp),
    METERLINE_CLICKHOUSE_TCP_PORT: String(ports.clickhouseTcp),
    ...serverEnvironment(credentials, 'meterline'),
  }
}

async function compose(
  args: readonly string[],
  options: { env: NodeJS.ProcessEnv; timeoutMs: number },
): Promise<void> {
  const result = await runCommand('docker', ['compose', ...args], { ...options, cwd: composeFile.dir })
  if (result.ok) return
  const reason = result.output.trim().split('\n').at(-1) ?? ''
  throw new StackError('COMPOSE_FAILED', `docker compose ${args[0]} failed: ${reason}`)
}
