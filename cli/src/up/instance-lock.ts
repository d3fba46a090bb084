import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

import { CliError } from '../cli-error.ts'

const holder = z.object({ pid: z.int(), started: z.string() })

/** One `up` for a state dir. The lock of a process that died is taken over. Returns what gives it back. */
export function lockInstance(stateDir: string): () => void {
  mkdirSync(stateDir, { recursive: true })
  const path = join(stateDir, 'up.lock')
  const own = JSON.stringify({ pid: process.pid, started: startOf(process.pid) })
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      writeFileSync(path, own, { flag: 'wx', mode: 0o600 })
      return () => rmSync(path, { force: true })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    const pid = livingHolder(path)
    if (pid !== undefined) {
      throw new CliError(
        `Meterline is running in ${stateDir} already (process ${pid}); stop it first, or choose another --state-dir.`,
      )
    }
    rmSync(path, { force: true })
  }
  throw new CliError(`${path} is being taken by another process; try again.`)
}

function livingHolder(path: string): number | undefined {
  try {
    const { pid, started } = holder.parse(JSON.parse(readFileSync(path, 'utf8')))
    process.kill(pid, 0)
    return startOf(pid) === started ? pid : undefined
  } catch (error) {
    // It runs, and belongs to somebody else.
    if (error instanceof Error && 'code' in error && error.code === 'EPERM') return -1
    return undefined
  }
}

/** When a process began, in the kernel's ticks: a number that was given to another process since does not match. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
