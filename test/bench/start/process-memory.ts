import { readdirSync, readFileSync } from 'node:fs'

const KIB_PER_MIB = 1024

export interface ProcessMemory {
  readonly pid: number
  readonly name: string
  /** Resident memory; what several processes share counts in each. */
  readonly rssMib: number
  /** The same with what is shared divided among those who share it: these add up. */
  readonly pssMib: number
}

/** A process and all its descendants, as Linux tells of them. */
export function memoryOfTree(root: number): ProcessMemory[] {
  const parents = new Map<number, number>()
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    const parent = Number.isInteger(pid) ? parentOf(pid) : undefined
    if (parent !== undefined) parents.set(pid, parent)
  }
  const isInTree = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined; at = parents.get(at))
      if (at === root) return true
    return false
  }
  return [...parents.keys()].filter(isInTree).flatMap((pid) => memoryOf(pid) ?? [])
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    // It has ended since the folder was read.
    return undefined
  }
}

function memoryOf(pid: number): ProcessMemory | undefined {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')
    const mib = (field: string): number =>
      Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) / KIB_PER_MIB
    return { pid, name: nameOf(pid), rssMib: mib('Rss'), pssMib: mib('Pss') }
  } catch {
    return undefined
  }
}

/** By what it runs: our services by their folder, the servers by their main class or file. */
function nameOf(pid: number): string {
  const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  const service = /services\/(\w+)\/src\/main\.ts/.exec(command)?.[1]
  if (service !== undefined) return service
  if (command.includes('kafka.Kafka')) return 'kafka'
  if (command.includes('clickhouse.cjs')) return 'clickhouse'
  return command.includes('cli/src/main.ts') ? 'meterline up' : 'watchers'
}
