import { mkdir, statfs } from 'node:fs/promises'
import { StackError } from '../errors.ts'

const defaultNeededBytes = 1024 ** 3
/** Enough for both servers to end in order. */
const leastFreeBytes = 64 * 1024 ** 2
const watchIntervalMs = 1_000

/** Makes the folder; throws `DISK_FULL` when its disk has less than `neededBytes` left. */
export async function assertDiskSpace(folder: string, neededBytes = defaultNeededBytes): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
  } catch (cause) {
    if (isNoSpace(cause)) throw diskFull(folder, 0, neededBytes, cause)
    throw cause
  }
  const freeBytes = await freeBytesOf(folder)
  if (freeBytes < neededBytes) throw diskFull(folder, freeBytes, neededBytes)
}

/**
 * Tells once when the disk of a folder is nearly full: the servers can still end in order then, while at the first write
 * that fails Kafka ends at once, and again after every restart. Returns what ends the watch.
 */
export function watchDiskSpace(
  folder: string,
  { onFull, leastBytes = leastFreeBytes }: { onFull: (error: StackError) => void; leastBytes?: number },
): () => void {
  const timer = setInterval(() => void look(), watchIntervalMs)
  const look = async (): Promise<void> => {
    // A folder that is gone has no disk to be full; whoever needs it says so.
    const freeBytes = await freeBytesOf(folder).catch(() => Infinity)
    if (freeBytes >= leastBytes) return
    clearInterval(timer)
    onFull(
      new StackError(
        'DISK_FULL',
        `The disk of ${folder} is full: ${inMiB(freeBytes)} MiB are left; free some space and start again, nothing acknowledged is lost.`,
      ),
    )
  }
  return () => clearInterval(timer)
}

/** Why a server may not be started on this disk now, as a sentence; undefined where it may. */
export async function lacksSpace(
  folder: string,
  neededBytes = defaultNeededBytes,
): Promise<string | undefined> {
  const freeBytes = await freeBytesOf(folder).catch(() => Infinity)
  return freeBytes < neededBytes ? lackOfSpace(folder, freeBytes, neededBytes) : undefined
}

export function isNoSpace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC'
}

export async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

function diskFull(folder: string, freeBytes: number, neededBytes: number, cause?: unknown): StackError {
  const sentence = `${lackOfSpace(folder, freeBytes, neededBytes)}; free some space and start again.`
  return new StackError('DISK_FULL', sentence, { cause })
}

function lackOfSpace(folder: string, freeBytes: number, neededBytes: number): string {
  return `The disk of ${folder} has ${inMiB(freeBytes)} MiB left and ${inMiB(neededBytes)} MiB are needed`
}

export function inMiB(bytes: number): number {
  return Math.floor(bytes / 1024 ** 2)
}
