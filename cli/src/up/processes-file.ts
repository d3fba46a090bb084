import type { SupervisorEvent } from '@meterline/local-stack'
import { join } from 'node:path'

import { writeStateFile } from '../connection/state-dir.ts'

/** `processes.json`: name to process id of every child that runs now. */
export function createProcessesFile(stateDir: string): (event: SupervisorEvent) => void {
  const path = join(stateDir, 'processes.json')
  const running = new Map<string, number>()
  const write = (): void => writeStateFile(path, Object.fromEntries(running))
  write()
  return (event) => {
    if (event.kind === 'starting') running.set(event.name, event.pid)
    else if (event.kind === 'exited') running.delete(event.name)
    else return
    write()
  }
}
