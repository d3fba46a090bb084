import { execFile } from 'node:child_process'

export interface CommandResult {
  readonly ok: boolean
  /** False when there is no such program at all. */
  readonly found: boolean
  /** What it wrote to stdout and stderr. */
  readonly output: string
}

const maxOutputBytes = 4 * 1024 ** 2

/** Runs a program to its end and says how it went; it never rejects, because "not there" is an answer too. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly timeoutMs: number; readonly cwd?: string; readonly env?: NodeJS.ProcessEnv },
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const { timeoutMs, ...place } = options
    const limits = { timeout: timeoutMs, maxBuffer: maxOutputBytes, killSignal: 'SIGKILL' } as const
    const child = execFile(command, args, { ...limits, ...place }, (error, stdout, stderr) => {
      resolve({ ok: error === null, found: error?.code !== 'ENOENT', output: `${stdout}${stderr}` })
    })
    child.stdin?.end()
  })
}
