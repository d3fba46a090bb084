import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Java's class-data sharing: the first broker to stop in an orderly way leaves an archive of its loaded classes beside
 * the jars, and every later one starts from it. Measured on two cores: start 2.0 → 1.2 s, 3 → 1 s of processor time,
 * 230 → 195 MiB. Java checks by itself that the archive fits its version and the jars, and does without it otherwise.
 */
export interface ClassArchive {
  readonly javaOptions: readonly string[]
  /** To be called when the broker has ended. One that was killed may have left half an archive, which is thrown away. */
  keep(end: { readonly endedInOrder: boolean }): Promise<void>
}

export function classArchive(libDir: string): ClassArchive {
  const archive = join(libDir, 'classes.jsa')
  if (existsSync(archive)) {
    return {
      javaOptions: [`-XX:SharedArchiveFile=${archive}`, '-Xlog:cds=off'],
      keep: () => Promise.resolve(),
    }
  }
  // Written under a name of its own and moved whole: another broker may start in this very moment.
  const draft = join(libDir, `classes.${randomUUID()}.jsa`)
  return {
    javaOptions: [`-XX:ArchiveClassesAtExit=${draft}`, '-Xlog:cds=off', '-Xlog:cds+dynamic=off'],
    async keep({ endedInOrder }) {
      if (!existsSync(draft)) return
      if (!endedInOrder || existsSync(archive)) await rm(draft, { force: true })
      else await rename(draft, archive)
    },
  }
}
