import { mkdir, statfs } from 'node:fs/promises'
import { StackError } from '../errors.ts'

const defaultNeededBytes = 1024 ** 3

/** Makes the folder; throws `DISK_FULL` when its disk has less than `neededBytes` left. */
export async function assertDiskSpace(folder: string, neededBytes = defaultNeededBytes): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
  } catch (cause) {
    if (isNoSpace(cause)) throw diskFull(folder, 0, neededBytes, cause)
    throw cause
  }
  const { bavail, bsize } = await statfs(folder)
  const freeBytes = bavail * bsize
  if (freeBytes < neededBytes) throw diskFull(folder, freeBytes, neededBytes)
}

function isNoSpace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC'
}

function diskFull(folder: string, freeBytes: number, neededBytes: number, cause?: unknown): StackError {
  const sentence = `The disk of ${folder} has ${inMiB(freeBytes)} MiB left and ${inMiB(neededBytes)} MiB are needed; free some space and start again.`
  return new StackError('DISK_FULL', sentence, { cause })
}

function inMiB(bytes: number): number {
  return Math.floor(bytes / 1024 ** 2)
}
