import { mintSecret } from '@meterline/contract'

import { addKeys } from '../connection/add-keys.ts'
import type { Connection } from '../connection/connection.ts'
import { readCredentials, writeCredentials } from '../connection/credentials-file.ts'
import { applyFile } from './apply-file.ts'
import type { AppliedFile } from './apply-file.ts'
import type { ControlClient } from './control-client.ts'

export interface AppliedWithSecrets {
  readonly applied: AppliedFile
  /** Whether the new secrets are in credentials.json. */
  readonly saved: boolean
}

/**
 * Applies a file. Where there is a credentials.json, the secrets of new keys are made here and saved in it before they are sent:
 * whoever is cut off between the answer and its printing has them. What was not applied is taken out again.
 */
export async function applyWithSecrets(
  client: ControlClient,
  of: { readonly file: string; readonly connection: Connection },
): Promise<AppliedWithSecrets> {
  const { file, connection } = of
  const { stateDir } = connection
  const known = new Map((connection.credentials.keys ?? []).map(({ id, secret }) => [id, secret]))
  const before = readCredentials(stateDir)
  if (before === undefined) {
    return { applied: await applyFile(client, { file, dryRun: false, knownSecrets: known }), saved: false }
  }
  const { changes } = await applyFile(client, { file, dryRun: true, knownSecrets: known })
  const made = changes
    .filter(({ kind, change, id }) => kind === 'api_key' && change === 'added' && !known.has(id))
    .map(({ id }) => ({ id, secret: mintSecret().secret, team: '', environment: '' }))
  addKeys(stateDir, made)
  const knownSecrets = new Map([...known, ...made.map(({ id, secret }) => [id, secret] as const)])
  const applied = await applyFile(client, { file, dryRun: false, knownSecrets })
  // Team and environment are in the answer. What another one made meanwhile has a secret that is not ours.
  const unused = new Set(made.map(({ id }) => id))
  for (const { id } of applied.new_keys) unused.delete(id)
  const now = readCredentials(stateDir) ?? before
  writeCredentials(stateDir, { ...now, keys: now.keys.filter(({ id }) => !unused.has(id)) })
  return { applied, saved: addKeys(stateDir, applied.new_keys) }
}
