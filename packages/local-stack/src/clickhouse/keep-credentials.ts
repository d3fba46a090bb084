import { readFile, writeFile } from 'node:fs/promises'
import { generateCredentials } from './credentials.ts'
import type { ClickhouseCredentials } from './credentials.ts'

/** The passwords of this installation: made at the first start, the same at every later one. Mode 0600. */
export async function keepCredentials(file: string): Promise<ClickhouseCredentials> {
  const generated = generateCredentials()
  try {
    await writeFile(file, `${JSON.stringify(generated)}\n`, { mode: 0o600, flag: 'wx' })
    return generated
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    return parseCredentials(await readFile(file, 'utf8'))
  }
}

function parseCredentials(text: string): ClickhouseCredentials {
  const { password, readerPassword } = JSON.parse(text) as Partial<ClickhouseCredentials>
  if (typeof password !== 'string' || typeof readerPassword !== 'string')
    throw new Error('the credentials file holds no passwords')
  return { password, readerPassword }
}
