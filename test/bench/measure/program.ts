import { spawn } from 'node:child_process'
import { join } from 'node:path'

const KILL_AFTER_MS = 5_000

export interface ProgramOptions {
  readonly input: object
  readonly deadlineMs: number
  readonly signal: AbortSignal
  readonly profileDir: string | undefined
  /** Told when the process runs. */
  readonly onStart?: () => void
}

/** Runs a program of this folder in a process of its own; its input and its answer are one JSON document each. */
export async function runProgram<T>(file: string, options: ProgramOptions): Promise<T> {
  const { profileDir } = options
  const profile =
    profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${join(profileDir, 'programs')}`]
  const child = spawn(process.execPath, [...profile, file], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  options.onStart?.()
  const end = (): void => {
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS).unref()
  }
  const deadline = setTimeout(end, options.deadlineMs)
  options.signal.addEventListener('abort', end, { once: true })
  try {
    // Stays open: its end tells the program that we are gone.
    child.stdin.write(`${JSON.stringify(options.input)}\n`)
    let answer = ''
    for await (const chunk of child.stdout) answer += String(chunk)
    const code = await new Promise<number | null>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode)
      else child.once('exit', resolve)
    })
    options.signal.throwIfAborted()
    if (code !== 0) throw new Error(`${file} ended with ${code ?? child.signalCode}`)
    return JSON.parse(answer) as T
  } finally {
    clearTimeout(deadline)
    options.signal.removeEventListener('abort', end)
    if (child.exitCode === null && child.signalCode === null) end()
  }
}

/** The other side of `runProgram`: to be called once, at the end of the program's file. */
export async function program(run: (input: never) => Promise<object>): Promise<never> {
  process.stdin.setEncoding('utf8')
  let text = ''
  const input = await new Promise<never>((resolve) => {
    process.stdin.on('data', (chunk: string) => {
      text += chunk
      if (text.endsWith('\n')) resolve(JSON.parse(text) as never)
    })
  })
  process.stdin.on('end', () => process.exit(1))
  const output = await run(input)
  await new Promise((resolve) => process.stdout.write(JSON.stringify(output), resolve))
  process.exit(0)
}
