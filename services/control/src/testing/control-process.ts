import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

const MAIN = new URL('../main.ts', import.meta.url).pathname
const START_DEADLINE_MS = 30_000
const END_DEADLINE_MS = 20_000
const POLL_MS = 25

export const ADMIN_TOKEN = 'an-admin-token-of-length'

/** A control service as it is started in earnest, seen from outside. */
export interface ControlProcess {
  readonly url: string
  readonly child: ChildProcess
  log(): string
  /** As the admin, unless the headers say otherwise. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ProcessAnswer>
  kill(): Promise<void>
  /** The exit code, once it has ended by itself. */
  ended(): Promise<number | null>
  stop(): Promise<void>
}

export interface ProcessAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>> & { readonly error?: { readonly code: string } }
}

export async function startControlProcess(of: {
  readonly brokers: string
  readonly clickhouse: {
    readonly url: string
    readonly database: string
    readonly user: string
    readonly password: string
  }
  readonly port: number
  readonly env?: Readonly<Record<string, string>>
}): Promise<ControlProcess> {
  const child = spawn(process.execPath, [MAIN], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      METERLINE_SUPERVISED: '1',
      KAFKA_BROKERS: of.brokers,
      CLICKHOUSE_URL: of.clickhouse.url,
      CLICKHOUSE_DATABASE: of.clickhouse.database,
      CLICKHOUSE_USER: of.clickhouse.user,
      CLICKHOUSE_PASSWORD: of.clickhouse.password,
      CONTROL_PORT: String(of.port),
      METERLINE_ADMIN_TOKEN: ADMIN_TOKEN,
      ...of.env,
    },
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (log += chunk.toString()))
  const url = `http://127.0.0.1:${of.port}`
  await ready(url, child, () => log)
  return {
    url,
    child,
    log: () => log,
    async call(method, path, body, headers = {}) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${ADMIN_TOKEN}`,
          ...(body === undefined
            ? {}
            : { 'content-type': typeof body === 'string' ? 'application/yaml' : 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const isJson = response.headers.get('content-type')?.includes('json') === true
      const answer = isJson
        ? ((await response.json()) as ProcessAnswer['body'])
        : { text: await response.text() }
      return { status: response.status, headers: response.headers, body: answer }
    },
    async kill() {
      child.kill('SIGKILL')
      await exitOf(child)
    },
    ended: () => exitOf(child),
    async stop() {
      child.stdin?.end()
      await exitOf(child)
    },
  }
}

async function ready(url: string, child: ChildProcess, log: () => string): Promise<void> {
  const deadlineMs = Date.now() + START_DEADLINE_MS
  for (;;) {
    if (child.exitCode !== null) throw new Error(`control ended with ${child.exitCode}:\n${log()}`)
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined)
    if (answer?.ok === true) return
    if (Date.now() > deadlineMs) throw new Error(`control was not ready in time:\n${log()}`)
    await sleep(POLL_MS)
  }
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  await once(child, 'exit', { signal: AbortSignal.timeout(END_DEADLINE_MS) })
  return child.exitCode
}
