import { supervise } from '@meterline/local-stack'
import type { SupervisorEvent } from '@meterline/local-stack'
import { join } from 'node:path'

import { ROOT } from '../../../bench/stack/paths.ts'

export type ServiceKind = 'registry' | 'gateway' | 'processor' | 'sink'

/** One of our services as a child process, started again whenever it ends. */
export interface ServiceProcess {
  /** `processor-1` */
  readonly name: string
  readonly kind: ServiceKind
  readonly url: string
  pid(): number | undefined
  kill(): Promise<void>
  /** Frozen as by SIGSTOP; answers how to let it go on. */
  freeze(): () => void
  /** Ends it in order; the supervisor starts the next. */
  restart(): Promise<void>
  /** The red probes, in a sentence; nothing when all are green. */
  unhealthy(): Promise<string | undefined>
  stop(): Promise<void>
}

const READY_TIMEOUT_MS = 90_000
const PROBE_TIMEOUT_MS = 2_000
/** What `meterline up` grants. */
const STOP_TIMEOUT_MS = 12_000

export async function startServiceProcess(options: {
  readonly name: string
  readonly kind: ServiceKind
  readonly port: number
  readonly env: NodeJS.ProcessEnv
  readonly logFile: string
  readonly onEvent: (event: SupervisorEvent) => void
}): Promise<ServiceProcess> {
  const { name, kind, port, env, logFile, onEvent } = options
  const url = `http://127.0.0.1:${port}`
  const process_ = supervise({
    name,
    command: process.execPath,
    args: [join(ROOT, 'services', kind, 'src/main.ts')],
    env,
    logFile,
    // A partition that waits for a person is red and no reason to start again.
    isReady: async () =>
      (await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) })).ok,
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    onEvent,
  })
  try {
    await process_.ready()
  } catch (error) {
    await process_.stop()
    throw error
  }
  return {
    name,
    kind,
    url,
    pid: () => process_.pid(),
    kill: () => process_.killHard(),
    freeze() {
      const pid = process_.pid()
      if (pid === undefined) throw new Error(`${name} is not running`)
      process.kill(pid, 'SIGSTOP')
      return () => void process.kill(pid, 'SIGCONT')
    },
    async restart() {
      const pid = process_.pid()
      if (pid !== undefined) process.kill(pid, 'SIGTERM')
      while (process_.pid() === pid) await new Promise((resolve) => setTimeout(resolve, 20))
      await process_.ready()
    },
    async unhealthy() {
      try {
        const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) })
        return answer.ok ? undefined : `${name}: ${await answer.text()}`
      } catch (error) {
        return `${name}: ${error instanceof Error ? error.message : String(error)}`
      }
    },
    stop: () => process_.stop(),
  }
}
