import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { findServerPorts } from './server-ports.ts'

const ROOT = join(import.meta.dirname, '../..')
const START_DEADLINE_MS = 170_000
const STOP_DEADLINE_MS = 60_000
const UP_ENDS_DEADLINE_MS = 30_000

export interface Credentials {
  readonly gateway_url: string
  readonly control_url: string
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

export type ProcessName = 'kafka' | 'clickhouse' | 'registry' | 'gateway' | 'processor' | 'sink' | 'control'

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
  /** A statement that answers nothing. */
  command(statement: string): Promise<void>
  log(): string
  /** Ctrl-C. Answers the exit code; the folder stays. */
  interrupt(): Promise<number | null>
  /** kill -9 of `up` itself. */
  killUp(): Promise<void>
  /** Name to process id of what runs now, as `up` notes it. */
  processes(): Readonly<Record<string, number>>
  /** Ctrl-C, and the folder goes unless it was given. */
  stop(): Promise<void>
}

export interface StartOptions {
  /** What `up` is told besides folder and ports. */
  readonly flags?: readonly string[]
  readonly stateDir?: string
  /** `--gateway-port 4100 …` */
  readonly ports?: readonly string[]
  /** Beside the environment of the test. */
  readonly env?: NodeJS.ProcessEnv
}

export async function startMeterline(options: StartOptions = {}): Promise<Meterline> {
  const { flags = ['--empty'], ports = await portFlags() } = options
  const stateDir = options.stateDir ?? mkdtempSync(join(tmpdir(), 'meterline-test-'))
  const child = spawn(
    process.execPath,
    ['bin/meterline.mjs', 'up', ...flags, '--state-dir', stateDir, ...ports],
    {
      cwd: ROOT,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...upEnvironment(), ...options.env },
    },
  )
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await ready(child, () => output)

  const read = (file: string): unknown => JSON.parse(readFileSync(join(stateDir, file), 'utf8'))
  const credentials = () => read('credentials.json') as Credentials
  const processes = () => read('processes.json') as Record<string, number>
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
      const pid = processes()[name]
      if (pid === undefined) throw new Error(`processes.json does not name ${name}`)
      process.kill(pid, 'SIGKILL')
      return pid
    },
    sql: (query) => select(credentials(), query),
    command: async (statement) => {
      await ask(credentials(), statement)
    },
    log: () => output,
    async interrupt() {
      await stop(child)
      return child.exitCode
    },
    async killUp() {
      const exited = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await exited
    },
    processes,
    async stop() {
      await stop(child)
      if (options.stateDir === undefined) rmSync(stateDir, { recursive: true, force: true })
    },
  }
}

/** An `up` that is expected to end by itself: its exit code and everything it printed. */
export async function upEnds(
  flags: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, ['bin/meterline.mjs', 'up', ...flags], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...upEnvironment(), ...env },
    timeout: UP_ENDS_DEADLINE_MS,
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}

function upEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, METERLINE_CACHE_DIR: join(ROOT, '.meterline/cache') }
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
  if (child.exitCode !== null || child.signalCode !== null) return
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
  return (JSON.parse(await ask(credentials, query)) as { data: Row[] }).data
}

async function ask(credentials: Credentials, query: string): Promise<string> {
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
  return text
}

const PORTS = [
  'gateway',
  'registry',
  'processor',
  'sink',
  'control',
  'notifier',
  'kafka',
  'kafka-controller',
  'clickhouse-http',
  'clickhouse-native',
]

/** Ports nobody uses, as flags of `up`. */
export async function portFlags(): Promise<string[]> {
  const ports = await findServerPorts(PORTS.length)
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
