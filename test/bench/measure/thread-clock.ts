import { openSync, readSync } from 'node:fs'

const LINE_BYTES = 96
const NS_PER_MS = 1e6

/** What a thread has done until now: on a core, and ready to run without one. */
export interface ThreadTimes {
  readonly ranMs: number
  readonly waitedMs: number
}

/** Reads the times of a process's main thread, cheaply enough for hundreds of times a second; `undefined` where the system has none. */
export function mainThreadClock(pid: number): (() => ThreadTimes | undefined) | undefined {
  let file: number
  try {
    file = openSync(`/proc/${pid}/task/${pid}/schedstat`, 'r')
  } catch {
    // Another operating system, or the process has ended: the figure is left out.
    return undefined
  }
  const line = Buffer.alloc(LINE_BYTES)
  return () => {
    try {
      const [ranNs, waitedNs] = line.toString('latin1', 0, readSync(file, line, 0, LINE_BYTES, 0)).split(' ')
      return { ranMs: Number(ranNs) / NS_PER_MS, waitedMs: Number(waitedNs) / NS_PER_MS }
    } catch {
      return undefined
    }
  }
}
