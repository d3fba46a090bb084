import { may } from '@meterline/domain'
import type { Permission, Principal, ScopeId } from '@meterline/domain'
import { ApiError } from '@meterline/http'
import type { FastifyRequest } from 'fastify'

import { authenticate } from './authenticate.ts'
import type { KnownCredentials } from './authenticate.ts'

/** Who asks, when they may do that to something of that scope. Throws `ApiError` 401 or 403. */
export async function allowed(
  { headers }: FastifyRequest,
  credentials: KnownCredentials,
  act: { readonly permission: Permission; readonly scope: ScopeId },
): Promise<Principal> {
  const { authorization, cookie } = headers
  const principal = await authenticate({ authorization, cookie }, credentials)
  if (may(credentials.view, principal, act)) return principal
  throw new ApiError(403, 'forbidden', `this needs ${act.permission} over ${act.scope}`)
}
