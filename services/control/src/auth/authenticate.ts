import { secretMatches, secretPrefix } from '@meterline/contract'
import type { OrganizationView, Principal, ServiceToken } from '@meterline/domain'
import { WHOLE_ORGANIZATION } from '@meterline/domain'
import { ApiError, bearerToken, sameText } from '@meterline/http'
import type { FastifyRequest } from 'fastify'

import { sessionCookie } from './session-cookie.ts'
import { isSessionToken } from './sessions.ts'
import type { Sessions } from './sessions.ts'

export const ADMIN: Principal = {
  actor: 'token:admin',
  userId: null,
  bindings: [{ role: 'admin', scope: WHOLE_ORGANIZATION }],
}

const WAYS_IN =
  'it takes a session (POST /v1/session), a service token or the admin token; the command line reads METERLINE_TOKEN'

export interface Known {
  readonly view: OrganizationView
  readonly sessions: Sessions
  readonly adminToken: string | undefined
  readonly nowMs: number
}

/** Who asks: the admin token, a service token, or a person with a session. Throws `ApiError` 401 or 403. */
export function authenticate(request: FastifyRequest, known: Known): Principal {
  const bearer = bearerToken(request.headers.authorization)
  const cookie = bearer === undefined ? sessionCookie(request.headers.cookie) : undefined
  if (cookie !== undefined) assertSameOrigin(request)
  const credential = bearer ?? cookie
  if (credential === undefined) {
    throw new ApiError(401, 'missing_credential', 'the Authorization header is missing', {
      hint: `send Authorization: Bearer <token>; ${WAYS_IN}`,
    })
  }
  if (known.adminToken !== undefined && sameText(credential, known.adminToken)) return ADMIN
  return isSessionToken(credential) ? person(credential, known) : machine(credential, known)
}

function person(credential: string, { view, sessions, nowMs }: Known): Principal {
  const user = sessions.userOf(credential, view, nowMs)
  if (user === undefined)
    throw new ApiError(401, 'session_over', 'this session is over; sign in again', { hint: WAYS_IN })
  return { actor: `user:${user.id}`, userId: user.id, bindings: user.bindings }
}

function machine(credential: string, { view, nowMs }: Known): Principal {
  const token = tokenOf(view, secretPrefix(credential))
  // The same answer for an unknown prefix and a wrong secret: neither tells which tokens exist.
  if (token === undefined || !secretMatches(credential, token)) {
    throw new ApiError(401, 'unknown_token', 'nobody has this credential', { hint: WAYS_IN })
  }
  if (token.status !== 'active' || (token.expires_at_ms !== null && nowMs >= token.expires_at_ms)) {
    const why = token.status === 'active' ? 'expired' : 'disabled'
    throw new ApiError(403, `${why}_token`, `the service token ${token.id} is ${why}`)
  }
  return { actor: `token:${token.id}`, userId: null, bindings: token.bindings }
}

/** Few tokens, so they are gone through; keys of usage are not among them. */
function tokenOf(view: OrganizationView, prefix: string | undefined): ServiceToken | undefined {
  if (prefix === undefined) return undefined
  return [...view.entities.service_token.values()].find(({ secret_prefix }) => secret_prefix === prefix)
}

/** A browser sends cookies whoever asks for it: what changes something must come from our own page. */
function assertSameOrigin({ method, headers }: FastifyRequest): void {
  if (method === 'GET' || method === 'HEAD') return
  const site = headers['sec-fetch-site']
  const isOurs =
    site === undefined
      ? headers.origin !== undefined && hostOf(headers.origin) === headers.host
      : site === 'same-origin'
  if (!isOurs) throw new ApiError(403, 'foreign_origin', 'a session cookie counts only on our own pages')
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
