import { findFreePorts } from '@meterline/local-stack'
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

import { CACHE_DIR, ROOT } from '../stack/paths.ts'

const READY_DEADLINE_MS = 180_000
const READY_LINE = 'Meterline is ready'

/** An installation of its own: the packages are downloaded, and nothing else has been done yet. */
export interface Installation {
  start(signal: AbortSignal): Promise<Started>
  remove(): Promise<void>
}

export interface Started {
  /** From the start of the process to the line that says that every health check is green. */
  readonly readyMs: number
  readonly pid: number
  stop(): Promise<void>
}

export async function createInstallation(): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'meterline-bench-start-'))
  await linkJars(join(folder, 'cache'))
  const [gateway, registry, processor, sink, kafka, controller, http, native] = await findFreePorts(8)
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    TMPDIR: tmpdir(),
    METERLINE_CACHE_DIR: join(folder, 'cache'),
    // As bin/meterline.mjs has it.
    NODE_COMPILE_CACHE: join(folder, 'cache', 'compiled'),
    GATEWAY_PORT: String(gateway),
    REGISTRY_PORT: String(registry),
    PROCESSOR_PORT: String(processor),
    SINK_PORT: String(sink),
    KAFKA_PORT: String(kafka),
    KAFKA_CONTROLLER_PORT: String(controller),
    CLICKHOUSE_HTTP_PORT: String(http),
    CLICKHOUSE_NATIVE_PORT: String(native),
  }
  const args = [join(ROOT, 'cli/src/main.ts'), 'up', '--no-simulation', '--state-dir', join(folder, 'state')]
  return {
    start: (signal) => start(args, { env, signal }),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Kafka's jars without the archive of classes that its first end leaves beside them. */
async function linkJars(cacheDir: string): Promise<void> {
  for (const file of globSync(join(CACHE_DIR, 'kafka-*', '{*.jar,complete}'))) {
    const folder = join(cacheDir, basename(dirname(file)))
    await mkdir(folder, { recursive: true })
    await symlink(file, join(folder, basename(file)))
  }
}

async function start(
  args: readonly string[],
  { env, signal }: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<Started> {
  const startMs = performance.now()
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
  })
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
  }
  let text = ''
  const ready = new Promise<number>((resolve) => {
    const read = (chunk: Buffer): void => {
      text += chunk.toString()
      if (text.includes(READY_LINE)) resolve(performance.now() - startMs)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
  })
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(READY_DEADLINE_MS)])
  const given = new Promise<never>((_, reject) => {
    const fail = (why: string): void => reject(new Error(`${why}: ${text.slice(-500)}`))
    deadline.addEventListener('abort', () => fail('it was not ready in time'), { once: true })
    void ended.then(() => fail('it ended'))
  })
  try {
    return { readyMs: await Promise.race([ready, given]), pid: child.pid ?? 0, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
