import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const ROOT = join(import.meta.dirname, '../..')
const START_DEADLINE_MS = 170_000
const STOP_DEADLINE_MS = 60_000

export interface Credentials {
  readonly gateway_url: string
  readonly kafka_brokers: string
  readonly clickhouse_url: string
  readonly clickhouse_native: string
  readonly clickhouse_database: string
  readonly clickhouse_user: string
  readonly clickhouse_password: string
  readonly admin_token: string
  readonly schema_registry_url: string
  readonly keys: readonly { id: string; secret: string; team: string; environment: string }[]
}

export type ProcessName = 'kafka' | 'clickhouse' | 'registry' | 'gateway' | 'processor' | 'sink'

/** The product as a user starts it: `meterline up` in a folder of its own, seen from outside. */
export interface Meterline {
  readonly stateDir: string
  /** Read anew at each call: `apply` adds keys. */
  readonly credentials: Credentials
  secretOf(keyId: string): string
  /** Runs a command of the CLI and answers what it printed. Throws with its output when it fails. */
  cli(...args: string[]): Promise<string>
  apply(organizationYaml: string): Promise<void>
  /** kill -9; the supervisor of `up` starts it again. Answers the process id that was killed. */
  killHard(name: ProcessName): Promise<number>
  /** Rows as objects; 64-bit integers come as strings. */
  sql<Row>(query: string): Promise<Row[]>
  log(): string
  stop(): Promise<void>
}

export async function startMeterline(): Promise<Meterline> {
  const stateDir = mkdtempSync(join(tmpdir(), 'meterline-test-'))
  const child = spawn(
    process.execPath,
    ['bin/meterline.mjs', 'up', '--empty', '--state-dir', stateDir, ...(await portFlags())],
    {
      cwd: ROOT,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, METERLINE_CACHE_DIR: join(ROOT, '.meterline/cache') },
    },
  )
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await ready(child, () => output)

  const read = (file: string): unknown => JSON.parse(readFileSync(join(stateDir, file), 'utf8'))
  const credentials = () => read('credentials.json') as Credentials
  const cli = (...args: string[]) => runCli(args, stateDir)
  return {
    stateDir,
    cli,
    get credentials() {
      return credentials()
    },
    secretOf(keyId) {
      const key = credentials().keys.find(({ id }) => id === keyId)
      if (key === undefined) throw new Error(`credentials.json has no key ${keyId}`)
      return key.secret
    },
    async apply(yaml) {
      const file = join(stateDir, 'organization.yaml')
      writeFileSync(file, yaml)
      await cli('apply', '-f', file)
    },
    async killHard(name) {
      const pid = (read('processes.json') as Record<string, number>)[name]
      if (pid === undefined) throw new Error(`processes.json does not name ${name}`)
      process.kill(pid, 'SIGKILL')
      return pid
    },
    sql: (query) => select(credentials(), query),
    log: () => output,
    async stop() {
      await stop(child)
      rmSync(stateDir, { recursive: true, force: true })
    },
  }
}

async function ready(child: ChildProcess, output: () => string): Promise<void> {
  const deadlineMs = Date.now() + START_DEADLINE_MS
  while (!/\bready\b/i.test(output())) {
    if (child.exitCode !== null) throw new Error(`meterline up ended with ${child.exitCode}:\n${output()}`)
    if (Date.now() > deadlineMs) {
      await stop(child)
      throw new Error(`meterline up was not ready in time:\n${output()}`)
    }
    await sleep(100)
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGINT')
  const inTime = await Promise.race([exited.then(() => true), sleep(STOP_DEADLINE_MS, false, { ref: false })])
  if (!inTime) {
    child.kill('SIGKILL')
    throw new Error('meterline up did not stop on SIGINT')
  }
}

async function runCli(args: readonly string[], stateDir: string): Promise<string> {
  const child = spawn(process.execPath, ['bin/meterline.mjs', ...args, '--state-dir', stateDir], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`meterline ${args.join(' ')} ended with ${code}:\n${stdout}\n${stderr}`)
  return stdout
}

async function select<Row>(credentials: Credentials, query: string): Promise<Row[]> {
  const url = new URL(credentials.clickhouse_url)
  url.searchParams.set('database', credentials.clickhouse_database)
  url.searchParams.set('default_format', 'JSON')
  // Beyond 2^53 a JSON number would be rounded.
  url.searchParams.set('output_format_json_quote_64bit_integers', '1')
  const response = await fetch(url, {
    method: 'POST',
    body: query,
    headers: {
      'x-clickhouse-user': credentials.clickhouse_user,
      'x-clickhouse-key': credentials.clickhouse_password,
    },
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${text}\nin ${query}`)
  return (JSON.parse(text) as { data: Row[] }).data
}

const PORTS = [
  'gateway',
  'registry',
  'processor',
  'sink',
  'kafka',
  'kafka-controller',
  'clickhouse-http',
  'clickhouse-native',
]

async function portFlags(): Promise<string[]> {
  const servers = await Promise.all(
    PORTS.map(
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return PORTS.flatMap((name, index) => [`--${name}-port`, String(ports[index])])
}

/** Polls until the answer is accepted; fails with the last answer. */
export async function eventually<T>(
  ask: () => Promise<T>,
  accept: (answer: T) => boolean,
  deadlineMs = 120_000,
): Promise<T> {
  const until = Date.now() + deadlineMs
  for (;;) {
    const answer = await ask().catch((error: unknown) => error as Error)
    if (!(answer instanceof Error) && accept(answer)) return answer
    if (Date.now() > until) {
      throw new Error(
        `not within ${deadlineMs} ms; last: ${answer instanceof Error ? answer.stack : JSON.stringify(answer)}`,
      )
    }
    await sleep(250)
  }
}
