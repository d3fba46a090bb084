import { supervise } from '@meterline/local-stack'
import { join } from 'node:path'

import { behindOthers } from '../../../cli/src/up/behind-others.ts'
import { nodeFlags } from '../../../cli/src/up/node-flags.ts'
import { ROOT } from './paths.ts'

export type ServiceName = 'registry' | 'gateway' | 'processor' | 'sink' | 'control' | 'notifier'

export interface Service {
  readonly name: ServiceName
  readonly url: string
  pid(): number | undefined
  /** Rejects when the process ended by itself: a figure of a service that crashed is none. */
  readonly crashed: Promise<never>
  stop(): Promise<void>
}

export interface ServiceOptions {
  readonly env: NodeJS.ProcessEnv
  readonly port: number
  readonly logFile: string
  readonly profileDir: string | undefined
}

const READY_TIMEOUT_MS = 60_000

/** A service as a child process; resolves when it says that it is ready. */
export async function startService(name: ServiceName, options: ServiceOptions): Promise<Service> {
  const { env, port, logFile, profileDir } = options
  const url = `http://127.0.0.1:${port}`
  const crash = Promise.withResolvers<never>()
  crash.promise.catch(() => undefined)
  let stopping = false
  const profile = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${join(profileDir, name)}`]
  const process_ = supervise({
    name,
    command: process.execPath,
    args: [...nodeFlags(name), ...nodeArguments(), ...profile, join(ROOT, 'services', name, 'src/main.ts')],
    env,
    logFile,
    // From the start: what is measured is how it runs, not how it catches up.
    givesWayAfterMs: behindOthers(name) ? 0 : undefined,
    startAttempts: 1,
    readyTimeoutMs: READY_TIMEOUT_MS,
    isReady: async () => (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(1_000) })).ok,
    onEvent: (event) => {
      if (event.kind === 'exited' && !stopping) {
        crash.reject(new Error(`${name} ended with ${event.signal ?? event.code}; its log is ${logFile}`))
      }
    },
  })
  const stop = async (): Promise<void> => {
    stopping = true
    await process_.stop()
  }
  try {
    await process_.ready()
  } catch (error) {
    await stop()
    throw error
  }
  return { name, url, pid: () => process_.pid(), crashed: crash.promise, stop }
}

/** Flags of Node to try, such as `--max-semi-space-size=64`. */
const nodeArguments = (): string[] => (process.env['BENCH_NODE_ARGS'] ?? '').split(' ').filter(Boolean)
