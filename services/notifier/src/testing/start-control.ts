import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import { ADMIN_TOKEN, eventually } from './notifier-world.ts'

const MAIN = fileURLToPath(new URL('../../../control/src/main.ts', import.meta.url))

const MAX_SHOWN = 4_000

export interface ControlProcess {
  readonly url: string
  /** Asks with the admin token; the answer as JSON. */
  ask(path: string): Promise<unknown>
  stop(): Promise<void>
}

/** The control service itself, as a process. It needs no ClickHouse for what actions ask of it. */
export async function startControlProcess(options: {
  readonly brokers: readonly string[]
  readonly port: number
}): Promise<ControlProcess> {
  const url = `http://127.0.0.1:${options.port}`
  const child = spawn(process.execPath, [MAIN], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      METERLINE_SUPERVISED: '1',
      METERLINE_ADMIN_TOKEN: ADMIN_TOKEN,
      KAFKA_BROKERS: options.brokers.join(','),
      CONTROL_PORT: String(options.port),
      CLICKHOUSE_URL: 'http://127.0.0.1:1',
    },
  })
  const ended = once(child, 'exit')
  let log = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (log = `${log}${text}`.slice(-MAX_SHOWN)))
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`the control service ended: ${log}`)
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined)
    return answer?.ok === true ? true : undefined
  })
  return {
    url,
    async ask(path) {
      const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })
      return answer.json()
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.stdin?.end()
      await ended
    },
  }
}
