import { TOPICS } from '@meterline/contract'
import { supervise } from '@meterline/local-stack'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Bench } from '../bench.ts'
import type { LoopInput } from './json-loop.ts'

export const JSON_LOOP = 'a loop of kafkajs, avsc and @clickhouse/client (JSONEachRow)'

/** About 17,000 records. */
const FETCH_BYTES = 8 * 1024 * 1024
const PROGRAM = join(import.meta.dirname, 'json-loop.ts')

export interface JsonLoop {
  pid(): number | undefined
  readonly crashed: Promise<never>
  /** SIGKILL: it has nothing to hand over. */
  kill(): Promise<void>
}

export function startJsonLoop(
  { stack, options }: Bench,
  to: { readonly table: string; readonly groupId: string; readonly fetchBytes?: number },
): JsonLoop {
  const { url, database, user, password } = stack.clickhouseAccess
  const input: LoopInput = {
    brokers: stack.brokers,
    topic: TOPICS.usageMetered.name,
    groupId: to.groupId,
    url,
    database,
    username: user,
    password,
    table: to.table,
    fetchBytes: to.fetchBytes ?? FETCH_BYTES,
  }
  const crash = Promise.withResolvers<never>()
  crash.promise.catch(() => undefined)
  const profile =
    options.profileDir === undefined
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${join(options.profileDir, 'loop')}`]
  const child = supervise({
    name: 'loop',
    command: process.execPath,
    args: [...profile, PROGRAM, JSON.stringify(input)],
    logFile: join(tmpdir(), `meterline-bench-loop-${process.pid}.log`),
    startAttempts: 1,
    stopTimeoutMs: 1,
    isReady: () => Promise.resolve(true),
    onEvent: (event) => {
      if (event.kind === 'exited')
        crash.reject(new Error(`the loop ended with ${event.signal ?? event.code}`))
    },
  })
  return {
    pid: () => child.pid(),
    crashed: crash.promise,
    kill: () => child.stop(),
  }
}
