import type { ApiKey, ControlEvent } from '@meterline/domain'

import type { SecretProof } from './key-secret.ts'
import type { EntityChange } from './organization-diff.ts'
import type { DesiredEntities, EntitySet } from './organization-entities.ts'

export interface OrganizationCommand {
  readonly commandId: string
  readonly atMs: number
  readonly actor: string
  /** Asked once for each key that the log does not know yet. */
  readonly proofFor: (keyId: string) => SecretProof
}

/** The records that carry out a diff, in its order. An existing key keeps the proof of its secret. */
export function organizationEvents(
  changes: readonly EntityChange[],
  sets: { readonly desired: DesiredEntities; readonly current: EntitySet },
  command: OrganizationCommand,
): readonly ControlEvent[] {
  const head = {
    schema: 1,
    command_id: command.commandId,
    at_ms: command.atMs,
    actor: command.actor,
  } as const
  return changes.map(({ change, kind, id }) => {
    if (change === 'removed') return { ...head, kind, id, type: 'removed' }
    const data = kind === 'api_key' ? keyWithProof(id, sets, command) : sets.desired[kind].get(id)
    // The diff names only entities of `desired`, under their own kind.
    return { ...head, kind, id, type: 'put', data } as ControlEvent
  })
}

function keyWithProof(
  id: string,
  { desired, current }: { readonly desired: DesiredEntities; readonly current: EntitySet },
  command: OrganizationCommand,
): ApiKey {
  const definition = desired.api_key.get(id)
  if (definition === undefined) throw new Error(`the diff names the key ${id}, which the file does not have`)
  const { secret_prefix, secret_salt, secret_hash } = current.api_key.get(id) ?? command.proofFor(id)
  return { ...definition, secret_prefix, secret_salt, secret_hash }
}
