import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** Usage, logs and what is remembered of them, below a state dir that may be anybody's. */
const FOLDERS = ['kafka', 'clickhouse', 'logs', 'snapshots'] as const

/** Makes what other users of the machine must not read theirs no longer, also where a former version left it open. */
export function makePrivateFolders(stateDir: string): void {
  for (const name of FOLDERS) {
    const folder = join(stateDir, name)
    mkdirSync(folder, { recursive: true })
    chmodSync(folder, 0o700)
  }
}
