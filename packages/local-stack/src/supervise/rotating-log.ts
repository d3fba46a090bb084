import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { isNoSpace } from '../machine/disk-space.ts'

const defaultMaxBytes = 8 * 1024 ** 2
const keptLines = 20

/**
 * A child's log: one file and one predecessor (`<file>.1`), so at most twice `maxBytes` on disk.
 * Also remembers the last lines, for the sentence that says why a child did not start.
 */
export class RotatingLog {
  readonly path: string
  readonly #maxBytes: number
  #sizeBytes: number
  #lastLines: string[] = []

  constructor(path: string, maxBytes = defaultMaxBytes) {
    mkdirSync(dirname(path), { recursive: true })
    this.path = path
    this.#maxBytes = maxBytes
    this.#sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  }

  append(chunk: Buffer): void {
    try {
      this.#write(chunk)
    } catch (error) {
      // A child's log line must not end its supervisor; that the disk is full is told by those who watch it.
      if (!isNoSpace(error)) throw error
    }
    this.#lastLines = [...this.#lastLines, ...linesOf(chunk)].slice(-keptLines)
  }

  #write(chunk: Buffer): void {
    if (this.#sizeBytes > 0 && this.#sizeBytes + chunk.length > this.#maxBytes) {
      renameSync(this.path, `${this.path}.1`)
      this.#sizeBytes = 0
    }
    appendFileSync(this.path, chunk)
    this.#sizeBytes += chunk.length
  }

  lastLines(): readonly string[] {
    return this.#lastLines
  }
}

function linesOf(chunk: Buffer): string[] {
  return chunk
    .toString()
    .split('\n')
    .filter((line) => line.trim() !== '')
}
