import type { ApiKey, OrganizationView } from '@meterline/domain'
import { keyById, keyIsActive } from '@meterline/domain'

import type { Caller } from '../auth/caller.ts'
import { maySendForOthers } from '../auth/caller.ts'
import { ApiError } from '../http/api-error.ts'

const field = { field: 'api_key' }

/** The key that is to spend: the caller's own, or the one it names and may speak for. Throws `ApiError` 400, 403 or 422. */
export function spendingKey(
  caller: Caller,
  stated: string | undefined,
  { view, nowMs }: { readonly view: OrganizationView; readonly nowMs: number },
): ApiKey {
  if (caller.kind === 'key' && (stated === undefined || stated === caller.key.id)) return caller.key
  if (stated === undefined) {
    throw new ApiError(
      400,
      'invalid_field',
      'api_key is missing: with the admin token, say whose credits',
      field,
    )
  }
  if (!maySendForOthers(caller)) {
    throw new ApiError(403, 'not_your_key', 'api_key is another key: leave it out', {
      ...field,
      hint: 'or use a key that may send for others',
    })
  }
  const key = keyById(view, stated)
  if (key === undefined) {
    throw new ApiError(422, 'unknown_key', `${stated} is not a key of this organization`, field)
  }
  if (!keyIsActive(key, nowMs)) {
    throw new ApiError(422, 'disabled_key', `the API key ${stated} is disabled or expired`, field)
  }
  return key
}
