import { execFile } from 'node:child_process'
import { mkdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The engine asks for 1 GiB at its start. */
const SIZE_MIB = 1_280
const PIECE_BYTES = 64 * 1024 * 1024
const MAX_TRIES = 1_000

/** A disk of its own that can be filled up without harm to anybody else's. */
export interface SmallDisk {
  /** Leaves this many bytes. */
  fill(leaveBytes: number): Promise<void>
  free(): Promise<void>
  unmount(): Promise<void>
}

/** A folder in memory, mounted at `dir`; or, where mounting is not permitted, what the system said. */
export async function mountSmallDisk(dir: string): Promise<SmallDisk | { readonly refused: string }> {
  await mkdir(dir, { recursive: true })
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MIB}m`, 'meterline-faults', dir])
  } catch (error) {
    return { refused: error instanceof Error ? error.message.trim().replaceAll('\n', ' ') : String(error) }
  }
  const ballast = join(dir, 'ballast')
  return {
    // Not written: on a machine that has no core to spare that takes a minute, and a full disk comes in a moment.
    async fill(leaveBytes) {
      let offset = 0
      for (let tries = 0; tries < MAX_TRIES; tries += 1) {
        const { bavail, bsize } = await statfs(dir)
        const bytes = Math.min(PIECE_BYTES, bavail * bsize - leaveBytes)
        if (bytes <= 0) return
        try {
          await run('fallocate', ['--offset', String(offset), '--length', String(bytes), ballast])
          offset += bytes
        } catch (error) {
          // Somebody else took it in the meantime.
          if (!String(error).includes('No space left')) throw error
        }
      }
      throw new Error(`the disk of ${dir} could not be filled in ${MAX_TRIES} attempts`)
    },
    free: () => rm(ballast, { force: true }),
    async unmount() {
      // Lazily: the server has ended, a reader of its logs may not have.
      await run('umount', ['-l', dir])
    },
  }
}
