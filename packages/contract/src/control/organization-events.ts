import type { ApiKey, ControlChange, ControlEvent, User } from '@meterline/domain'

import type { SecretProof } from './key-secret.ts'
import { desiredOf } from './organization-diff.ts'
import type { EntityChange } from './organization-diff.ts'
import type { DesiredEntities, EntitySet } from './organization-entities.ts'

export interface OrganizationCommand {
  readonly commandId: string
  readonly atMs: number
  readonly actor: string
  /** Asked once for each key that the log does not know yet. */
  readonly proofFor: (keyId: string) => SecretProof
}

interface Sets {
  readonly desired: DesiredEntities
  readonly current: EntitySet
}

/** The records that carry out a diff, in its order. An existing key keeps the proof of its secret, a person the password. */
export function organizationEvents(
  changes: readonly EntityChange[],
  sets: Sets,
  command: OrganizationCommand,
): readonly ControlEvent[] {
  const head = {
    schema: 1,
    command_id: command.commandId,
    at_ms: command.atMs,
    actor: command.actor,
  } as const
  return organizationChanges(changes, sets, command.proofFor).map((change) => ({ ...head, ...change }))
}

/** What a diff comes to, for whoever heads and writes the records. */
export function organizationChanges(
  changes: readonly EntityChange[],
  sets: Sets,
  proofFor: OrganizationCommand['proofFor'],
): readonly ControlChange[] {
  return changes.map(({ change, kind, id }) => {
    if (change === 'removed') return { kind, id, type: 'removed' }
    const data = { ...desiredOf(sets.desired, kind).get(id), ...keptApart({ kind, id }, sets, proofFor) }
    // The diff names only entities of `desired`, under their own kind.
    return { kind, id, type: 'put', data } as ControlChange
  })
}

/** The fields that no file holds, as they stand. */
function keptApart(
  { kind, id }: Pick<EntityChange, 'kind' | 'id'>,
  { current }: Sets,
  proofFor: OrganizationCommand['proofFor'],
): object {
  if (kind === 'api_key') return keptSecretsOf(current.api_key.get(id)) ?? proofFor(id)
  if (kind === 'user') return keptOfUser(current.user.get(id))
  return {}
}

export function keptSecretsOf(
  key: ApiKey | undefined,
): Pick<ApiKey, keyof SecretProof | 'former_secret'> | undefined {
  if (key === undefined) return undefined
  const { secret_prefix, secret_salt, secret_hash, former_secret } = key
  return {
    secret_prefix,
    secret_salt,
    secret_hash,
    ...(former_secret === undefined ? {} : { former_secret }),
  }
}

/** Somebody new has no password and no session. */
export function keptOfUser(user: User | undefined): Pick<User, 'password_hash' | 'sessions_valid_from_ms'> {
  return {
    password_hash: user?.password_hash ?? null,
    sessions_valid_from_ms: user?.sessions_valid_from_ms ?? 0,
  }
}
