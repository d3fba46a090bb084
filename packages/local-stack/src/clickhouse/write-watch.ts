import { freeBytesOf, inMiB } from '../machine/disk-space.ts'

export interface WatchedWrites {
  /** Where the engine keeps its parts. */
  readonly folder: string
  /** Writes that failed since the engine was started. A rejection means that nobody can say now. */
  readonly failedWrites: () => Promise<number>
  /** A second unless told. */
  readonly askEveryMs?: number | undefined
  /** The engine has to end at once; `reason` is a sentence. May be called again while it has not. */
  readonly onTrouble: (reason: string) => void
}

/**
 * Below what `keep_free_space_bytes` (infra/clickhouse-server/server.xml) keeps free: a merge that has begun, or
 * somebody else's file, takes more than that only where the disk is about to be full.
 */
const LEAST_FREE_BYTES = 128 * 1024 ** 2
const LOOK_EVERY_MS = 100
const ASK_EVERY_MS = 1_000

/**
 * The embedded engine goes on when a write fails, as if it had not (docs/decisions/0063): a merge on a full disk puts an
 * empty part in the place of its sources, which are deleted eight minutes later. Ended in time, and started again, it
 * finds the empty part by its size and takes the sources. So this tells to end it before the disk is full, and after
 * the first write that failed. Returns what ends the watch.
 */
export function watchWrites({ folder, failedWrites, askEveryMs, onTrouble }: WatchedWrites): () => void {
  const looking = every(LOOK_EVERY_MS, async () => {
    // A folder that is gone has no disk to be full.
    const freeBytes = await freeBytesOf(folder).catch(() => Infinity)
    if (freeBytes < LEAST_FREE_BYTES) {
      onTrouble(
        `${inMiB(freeBytes)} MiB are left on the disk of ${folder}, and it would not notice that it is full`,
      )
    }
  })
  const asking = every(askEveryMs ?? ASK_EVERY_MS, async () => {
    const failed = await failedWrites().catch(() => 0)
    if (failed > 0) onTrouble(`it went on although ${failed} of its writes failed`)
  })
  return () => {
    looking()
    asking()
  }
}

/** One call at a time. */
function every(ms: number, act: () => Promise<void>): () => void {
  let acting = false
  const timer = setInterval(() => {
    if (acting) return
    acting = true
    void act().finally(() => (acting = false))
  }, ms)
  return () => clearInterval(timer)
}
