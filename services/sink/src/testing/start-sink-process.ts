import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import type { TestSink } from './run-sink.ts'
import type { ProcessFault } from './sink-process.ts'

export interface SinkProcess {
  readonly child: ChildProcess
  /** Resolves when the process is gone. */
  readonly ended: Promise<unknown>
  kill(): Promise<void>
}

const program = fileURLToPath(new URL('sink-process.ts', import.meta.url))

export function startSinkProcess(options: TestSink & { readonly fault?: ProcessFault }): SinkProcess {
  const child = spawn(process.execPath, [program, JSON.stringify(options)], {
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  const ended = once(child, 'exit')
  return {
    child,
    ended,
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
