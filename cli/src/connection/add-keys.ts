import { readCredentials, writeCredentials } from './credentials-file.ts'
import type { KeyCredential } from './credentials-file.ts'

/** Adds secrets to `credentials.json`, in place of older ones of the same keys. False where there is no such file. */
export function addKeys(stateDir: string, keys: readonly KeyCredential[]): boolean {
  const credentials = readCredentials(stateDir)
  if (credentials === undefined) return false
  const added = new Set(keys.map(({ id }) => id))
  const kept = credentials.keys.filter(({ id }) => !added.has(id))
  if (keys.length > 0) writeCredentials(stateDir, { ...credentials, keys: [...kept, ...keys] })
  return true
}
