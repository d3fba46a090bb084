import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import type { Writable } from 'node:stream'

/*
 * A child must not outlive a parent that was killed with -9, and such a parent can do nothing about it.
 * So the child's process group holds a watcher, a sub-shell that reads from a pipe (fd 3) into which nobody writes:
 * when the parent dies, however it dies, the kernel closes the pipe, the read returns, and the watcher kills its group.
 * Neither Java nor a Node process blocked in native code has to take part. The group's number cannot be given to a
 * stranger in the meantime, because the watcher itself is a member of that group.
 * `exec` makes the command itself the process we started: its pid, its signals and its exit code are the real ones.
 */
const watched = '( read -r _ <&3; kill -9 -$$ ) >/dev/null 2>&1 &'
const exec = 'exec "$@" 3<&-'

export interface LaunchOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly onOutput: (chunk: Buffer) => void
}

export interface Launched {
  readonly pid: number
  /** Resolves when the process, every descendant in its group, and its output have ended. Never rejects. */
  readonly ended: Promise<ProcessEnd>
  kill(signal: NodeJS.Signals): void
  closeStdin(): void
}

export interface ProcessEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/**
 * Starts a process in a group of its own (a Ctrl-C in the terminal reaches the parent only, which stops its children
 * in order) that dies with this process. Its stdin is a pipe that stays open.
 */
export function launch(options: LaunchOptions): Launched {
  const script = `${watched} ${exec}`
  const child = spawn('/bin/sh', ['-c', script, 'sh', options.command, ...options.args], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    env: options.env ?? process.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  const lifeline = child.stdio[3] as Writable
  for (const pipe of [child.stdin, lifeline]) pipe.on('error', ignoreBrokenPipe)
  child.stdout.on('data', options.onOutput)
  child.stderr.on('data', options.onOutput)
  return {
    pid: child.pid ?? failedToSpawn(child),
    ended: endOf(child, lifeline),
    kill: (signal) => void child.kill(signal),
    closeStdin: () => void child.stdin.end(),
  }
}

function endOf(child: ChildProcess, lifeline: Writable): Promise<ProcessEnd> {
  child.once('exit', () => lifeline.destroy())
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
}

/** Nothing is ever written into these pipes; an error on them only says that the child has gone, which `ended` says. */
function ignoreBrokenPipe(): void {}

function failedToSpawn(child: ChildProcess): never {
  throw new Error(`could not start ${child.spawnfile}`)
}
