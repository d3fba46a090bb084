import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a process held right after it was asked to collect its garbage. */
export interface Held {
  /** Counted from 1. */
  readonly collection: number
  readonly heapBytes: number
  readonly externalBytes: number
}

/** The variable that names the folder in which each process keeps its newest note. */
export const HELD_FOLDER = 'LOAD_HELD_FOLDER'

export function heldFile(folder: string, pid: number): string {
  return join(folder, `${pid}.json`)
}

/** `undefined` where there is none yet, or it is just being written. */
export async function readHeld(folder: string, pid: number): Promise<Held | undefined> {
  try {
    return JSON.parse(await readFile(heldFile(folder, pid), 'utf8')) as Held
  } catch {
    return undefined
  }
}
