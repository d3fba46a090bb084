import { readFileSync } from 'node:fs'

/** Linux reports process times in hundredths of a second, whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100
const UTIME_FIELD = 11
const STIME_FIELD = 12

/** CPU seconds that a process has used until now, in user and kernel mode; `undefined` where that cannot be read. */
export function cpuSeconds(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is the program's name in parentheses, which may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[UTIME_FIELD]) + Number(fields[STIME_FIELD])) / TICKS_PER_SECOND
  } catch {
    // Another operating system, or the process has ended: the figure is left out.
    return undefined
  }
}
