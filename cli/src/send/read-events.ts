import { createReadStream } from 'node:fs'
import { text } from 'node:stream/consumers'

import { usageError } from '../cli-error.ts'

/** JSON values of a file: one object, an array of them, or one a line. `-` is standard input. */
export async function readEvents(path: string): Promise<readonly unknown[]> {
  const content = await readText(path)
  try {
    const whole: unknown = JSON.parse(content)
    return Array.isArray(whole) ? whole : [whole]
  } catch {
    return content
      .split('\n')
      .flatMap((line, index) => (line.trim() === '' ? [] : [parseLine(line, path, index + 1)]))
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await text(path === '-' ? process.stdin : createReadStream(path))
  } catch (cause) {
    throw usageError(`cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

function parseLine(line: string, path: string, number: number): unknown {
  try {
    return JSON.parse(line) as unknown
  } catch {
    throw usageError(`${path}:${number} is not JSON`)
  }
}
