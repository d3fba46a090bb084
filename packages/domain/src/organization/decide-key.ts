import type { CommandHead, Decision, Refusal } from '../control/control-event.ts'
import type { ApiKey, KeptSecret } from './organization.ts'
import type { OrganizationView } from './organization-view.ts'

/** Gives a key another secret; the one it had works on for the overlap, so that nobody has to change both ends at once. */
export function rotateKey(
  view: OrganizationView,
  { id, secret, overlapMs }: { readonly id: string; readonly secret: KeptSecret; readonly overlapMs: number },
  { atMs }: CommandHead,
): Decision {
  const key = view.entities.api_key.get(id)
  if (key === undefined) return refused(unknownKey(id))
  if (key.status === 'revoked') return refused(revoked(id))
  const { former_secret: _former, ...rest } = key
  const { secret_prefix, secret_salt, secret_hash } = key
  const former =
    overlapMs === 0
      ? {}
      : { former_secret: { secret_prefix, secret_salt, secret_hash, valid_until_ms: atMs + overlapMs } }
  return put({ ...rest, ...secret, ...former })
}

/** Disables, enables or revokes a key. Revoking ends its former secret, too, and is for ever. */
export function setKeyStatus(
  view: OrganizationView,
  { id, status }: { readonly id: string; readonly status: ApiKey['status'] },
): Decision {
  const key = view.entities.api_key.get(id)
  if (key === undefined) return refused(unknownKey(id))
  if (key.status === status) return { ok: true, changes: [] }
  const hindrance = statusHindrance(key, status)
  if (hindrance !== undefined) return refused(hindrance)
  const { former_secret: former, ...rest } = key
  const kept = former === undefined || status === 'revoked' ? {} : { former_secret: former }
  return put({ ...rest, ...kept, status })
}

/** Why a key may not come to have that status. */
export function statusHindrance(before: ApiKey | undefined, status: ApiKey['status']): Refusal | undefined {
  return before?.status === 'revoked' && status !== 'revoked' ? revoked(before.id) : undefined
}

function put(key: ApiKey): Decision {
  return { ok: true, changes: [{ kind: 'api_key', id: key.id, type: 'put', data: key }] }
}

function refused(refusal: Refusal): Decision {
  return { ok: false, refusal }
}

function unknownKey(id: string): Refusal {
  return { code: 'not_found', message: `there is no key "${id}"` }
}

function revoked(id: string): Refusal {
  return {
    code: 'key_revoked',
    field: 'status',
    message: `the key "${id}" is revoked for ever; issue another one`,
  }
}
