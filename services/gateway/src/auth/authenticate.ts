import { secretPrefix } from '@meterline/contract'
import { keptSecretOf, keyBySecretPrefix, keyIsActive } from '@meterline/domain'
import type { OrganizationView } from '@meterline/domain'
import { bearerToken, textDigest } from '@meterline/http'
import { timingSafeEqual } from 'node:crypto'

import { ApiError } from '../http/api-error.ts'
import type { Caller } from './caller.ts'
import { provesSecret } from './proven-secrets.ts'

/** Throws `ApiError`: 401 when nobody is known by this credential, 403 when the key is known and may not be used. */
export function authenticate(
  authorization: string | undefined,
  known: { readonly view: OrganizationView; readonly adminToken: string | undefined; readonly nowMs: number },
): Caller {
  const credential = bearerToken(authorization)
  if (credential === undefined) {
    throw new ApiError(401, 'missing_credential', 'the Authorization header is missing', {
      hint: 'send Authorization: Bearer <the secret of an API key>',
    })
  }
  const digest = textDigest(credential)
  const { adminToken } = known
  if (adminToken !== undefined && timingSafeEqual(digest, keptDigest(adminToken))) return { kind: 'admin' }

  const prefix = secretPrefix(credential)
  const key = prefix === undefined ? undefined : keyBySecretPrefix(known.view, prefix)
  // The same answer for an unknown prefix and a wrong secret: neither tells which keys exist.
  const kept = key === undefined || prefix === undefined ? undefined : keptSecretOf(key, prefix, known.nowMs)
  if (key === undefined || kept === undefined || !provesSecret(credential, digest, kept)) {
    throw new ApiError(401, 'unknown_key', 'no API key has this secret', {
      hint: 'use the secret that was shown when the key was made; it begins with mlk_',
    })
  }
  if (!keyIsActive(key, known.nowMs)) {
    const why = key.status === 'active' ? 'expired' : key.status
    throw new ApiError(403, `${why}_key`, `the API key ${key.id} is ${why}`, {
      hint: 'ask the owner of the key for a new one',
    })
  }
  return { kind: 'key', key }
}

/** Of the admin token: there is one in a process. */
let lastDigest: { readonly text: string; readonly digest: Uint8Array } | undefined

function keptDigest(text: string): Uint8Array {
  if (lastDigest?.text !== text) lastDigest = { text, digest: textDigest(text) }
  return lastDigest.digest
}
