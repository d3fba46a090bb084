import { readFile, writeFile } from 'node:fs/promises'
import { generateCredentials } from './credentials.ts'
import type { ClickhouseCredentials } from './credentials.ts'

/** The passwords of this installation: made at the first start, the same at every later one. Mode 0600. */
export async function keepCredentials(file: string): Promise<ClickhouseCredentials> {
  const generated = generateCredentials()
  try {
    await writeFile(file, textOf(generated), { mode: 0o600, flag: 'wx' })
    return generated
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  const kept = parseCredentials(await readFile(file, 'utf8'))
  if (kept.sinkPassword !== undefined) return { ...kept, sinkPassword: kept.sinkPassword }
  // An installation from before the sink had an account of its own.
  const completed = { ...kept, sinkPassword: generated.sinkPassword }
  await writeFile(file, textOf(completed), { mode: 0o600 })
  return completed
}

type KeptCredentials = Omit<ClickhouseCredentials, 'sinkPassword'> & { readonly sinkPassword?: string }

function textOf(credentials: ClickhouseCredentials): string {
  return `${JSON.stringify(credentials)}\n`
}

function parseCredentials(text: string): KeptCredentials {
  const { password, sinkPassword, readerPassword } = JSON.parse(text) as Partial<ClickhouseCredentials>
  if (typeof password !== 'string' || typeof readerPassword !== 'string')
    throw new Error('the credentials file holds no passwords')
  return { password, readerPassword, ...(typeof sinkPassword === 'string' ? { sinkPassword } : {}) }
}
