import { execFile } from 'node:child_process'
import { mkdir, open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The engine asks for 1 GiB at its start. */
const SIZE_MIB = 1_280
const CHUNK_BYTES = 4 * 1024 * 1024

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
    async fill(leaveBytes) {
      const file = await open(ballast, 'a')
      try {
        for (;;) {
          const { bavail, bsize } = await statfs(dir)
          const bytes = Math.min(CHUNK_BYTES, bavail * bsize - leaveBytes)
          if (bytes <= 0) return
          await file.write(Buffer.alloc(bytes))
        }
      } finally {
        await file.close()
      }
    },
    free: () => rm(ballast, { force: true }),
    async unmount() {
      // Lazily: the server has ended, a reader of its logs may not have.
      await run('umount', ['-l', dir])
    },
  }
}
