import { secretMatches, secretPrefix } from '@meterline/contract'
import { ROLES, WHOLE_ORGANIZATION } from '@meterline/domain'
import type { OrganizationView, Principal, RoleBinding, ServiceToken } from '@meterline/domain'
import { ApiError, bearerToken, sameText } from '@meterline/http'
import { z } from 'zod'

const SESSION_TIMEOUT_MS = 5_000

export interface KnownCredentials {
  readonly view: OrganizationView
  readonly adminToken: string | undefined
  /** Where the sessions of people are verified; `undefined`: only tokens are known. */
  readonly controlUrl: string | undefined
  readonly nowMs: () => number
}

interface Credentials {
  readonly authorization: string | undefined
  readonly cookie: string | undefined
}

/** Who asks. The admin token and service tokens are proven here, the session of a person by the control service. Throws `ApiError`. */
export async function authenticate(credentials: Credentials, known: KnownCredentials): Promise<Principal> {
  const token = bearerToken(credentials.authorization)
  if (token === undefined && credentials.cookie === undefined) {
    throw new ApiError(401, 'missing_credential', 'the Authorization header is missing', {
      hint: 'send Authorization: Bearer <token>',
    })
  }
  if (token !== undefined) {
    if (known.adminToken !== undefined && sameText(token, known.adminToken)) return ADMIN
    const machine = serviceToken(token, known)
    if (machine !== undefined) {
      return { actor: `token:${machine.id}`, userId: null, bindings: machine.bindings }
    }
  }
  return person(credentials, known)
}

const ADMIN: Principal = {
  actor: 'token:admin',
  userId: null,
  bindings: [{ role: 'admin', scope: WHOLE_ORGANIZATION }],
}

function serviceToken(token: string, { view, nowMs }: KnownCredentials): ServiceToken | undefined {
  const prefix = secretPrefix(token)
  if (prefix === undefined) return undefined
  for (const each of view.entities.service_token.values()) {
    if (each.secret_prefix !== prefix || !secretMatches(token, each)) continue
    const isOver = each.expires_at_ms !== null && each.expires_at_ms <= nowMs()
    if (each.status === 'active' && !isOver) return each
  }
  return undefined
}

const session = z.object({
  actor: z.string(),
  user: z.string().optional(),
  roles: z.array(z.object({ role: z.string(), scope: z.string() })),
})

async function person(credentials: Credentials, { controlUrl }: KnownCredentials): Promise<Principal> {
  const unknown = new ApiError(401, 'unknown_credential', 'nobody is known by this credential')
  if (controlUrl === undefined) throw unknown
  const { authorization, cookie } = credentials
  let answer: Response
  try {
    answer = await fetch(new URL('/v1/session', controlUrl), {
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(cookie === undefined ? {} : { cookie }),
      },
      redirect: 'error',
      signal: AbortSignal.timeout(SESSION_TIMEOUT_MS),
    })
  } catch (cause) {
    throw new ApiError(503, 'control_unavailable', 'the session cannot be verified now', {
      cause,
      retryAfterSeconds: 1,
    })
  }
  if (!answer.ok) throw unknown
  const { actor, user, roles } = session.parse(await answer.json())
  return { actor, userId: user ?? null, bindings: roles.filter(isBinding) }
}

/** A role that is not known here opens nothing. */
function isBinding(binding: { readonly role: string; readonly scope: string }): binding is RoleBinding {
  return ROLES.some((role) => role === binding.role) && binding.scope.includes(':')
}
