import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** What a start keeps in the state dir. Downloads and tools beside it stay. */
const DATA = [
  'kafka',
  'clickhouse',
  'clickhouse-passwords.json',
  'credentials.json',
  'processes.json',
  'simulation.json',
  'members',
  'snapshots',
  'logs',
] as const

export function forgetData(stateDir: string): void {
  const memberMemos = existsSync(stateDir)
    ? readdirSync(stateDir).filter((name) => name.endsWith('.member'))
    : []
  for (const name of [...DATA, ...memberMemos]) rmSync(join(stateDir, name), { recursive: true, force: true })
}
