import { PERMISSIONS, scopesFor } from '@meterline/domain'
import type { Principal, User } from '@meterline/domain'
import { ApiError } from '@meterline/http'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'

import { passwordMatches } from '../auth/password-hash.ts'
import { clearSessionCookie, setSessionCookie } from '../auth/session-cookie.ts'
import { perform } from '../command/perform.ts'
import type { Control } from '../control.ts'
import type { Call, Route } from '../routing/route.ts'
import { route } from '../routing/route.ts'
import { changeUser, password } from './user-routes.ts'

const MS_PER_SECOND = 1_000

const signIn = z.strictObject({
  /** User id or e-mail address. */
  user: z.string().min(1).max(256),
  password,
})

/** Who am I, and how somebody comes to be known. */
export const sessionRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/session',
    access: 'public',
    summary: 'Sign in with a password; the session is in the answer and in a cookie',
    body: signIn,
    status: 201,
    handle: async ({ control, body, request, reply }) => {
      const user = userNamed(control, body.user)
      const attempt = { userId: user?.id ?? body.user.toLowerCase(), address: request.ip }
      const waitMs = control.loginLimits.waitMs(attempt, control.nowMs())
      if (waitMs > 0) {
        control.events.signInFailed({ user: attempt.userId, why: 'too many attempts' })
        const retryAfterSeconds = Math.ceil(waitMs / MS_PER_SECOND)
        throw new ApiError(429, 'too_many_sign_ins', 'too many attempts; wait', { retryAfterSeconds })
      }
      // Whether or not there is such a person, the answer takes as long and says the same.
      const isRight = await passwordMatches(body.password, user?.password_hash ?? null)
      if (!isRight || user === undefined || user.status !== 'active') {
        control.loginLimits.failed(attempt, control.nowMs())
        control.events.signInFailed({ user: attempt.userId, why: isRight ? 'disabled' : 'wrong password' })
        throw new ApiError(401, 'wrong_credentials', 'nobody has this name and password')
      }
      control.loginLimits.succeeded(attempt)
      control.events.signedIn({ user: user.id, through: 'password' })
      return openSession(control, user, reply)
    },
  }),
  route({
    method: 'GET',
    path: '/v1/session',
    access: 'signed_in',
    summary: 'Who you are, your roles and what they let you do where',
    handle: ({ control, principal }) => sessionAnswer(control, principal),
  }),
  route({
    method: 'DELETE',
    path: '/v1/session',
    access: 'signed_in',
    summary: 'Sign out: every session of yours ends',
    handle: async (call) => {
      const { control, principal, reply } = call
      reply.header('set-cookie', clearSessionCookie(control.hasSecureCookies))
      if (principal.userId !== null) await endSessions(call, principal.userId)
      return { signed_out: true }
    },
  }),
]

export function openSession(control: Control, user: User, reply: FastifyReply): object {
  const nowMs = control.nowMs()
  const { token, expiresAtMs } = control.sessions.open(user.id, nowMs)
  reply.header(
    'set-cookie',
    setSessionCookie(token, { maxAgeMs: expiresAtMs - nowMs, isSecure: control.hasSecureCookies }),
  )
  return { token, expires_at: new Date(expiresAtMs).toISOString(), user: user.id }
}

function userNamed({ log }: Control, name: string): User | undefined {
  const { user: users } = log.view.entities
  const email = name.toLowerCase()
  return users.get(name) ?? [...users.values()].find((user) => user.email.toLowerCase() === email)
}

function sessionAnswer({ log }: Control, principal: Principal): object {
  const user = principal.userId === null ? undefined : log.view.entities.user.get(principal.userId)
  return {
    actor: principal.actor,
    ...(user === undefined ? {} : { user: user.id, name: user.name, email: user.email }),
    roles: principal.bindings,
    permissions: Object.fromEntries(
      PERMISSIONS.map((permission) => [permission, scopesFor(principal, permission)] as const).filter(
        ([, scopes]) => scopes.length > 0,
      ),
    ),
  }
}

async function endSessions(call: Call<unknown, unknown>, userId: string): Promise<void> {
  await perform(call, (view, { atMs }) => changeUser(view, userId, { sessions_valid_from_ms: atMs + 1 }))
}
