import { mayChange } from '@meterline/domain'
import type { Decision, OrganizationView, Principal, User } from '@meterline/domain'
import { ApiError } from '@meterline/http'
import { z } from 'zod'

import { hashPassword, passwordMatches } from '../auth/password-hash.ts'
import { perform } from '../command/perform.ts'
import type { Control } from '../control.ts'
import type { Route } from '../routing/route.ts'
import { route } from '../routing/route.ts'
import { notFound } from './entity-answer.ts'

const MIN_PASSWORD_CHARACTERS = 12
const MAX_PASSWORD_CHARACTERS = 256

export const password = z.string().max(MAX_PASSWORD_CHARACTERS)

const newPassword = z.strictObject({
  password: password.min(
    MIN_PASSWORD_CHARACTERS,
    `a password has at least ${MIN_PASSWORD_CHARACTERS} characters`,
  ),
  /** Needed of whoever changes the own one. */
  current_password: password.optional(),
})

/** What is done to a person's account. Everybody may do it to the own one, an admin to any. */
export const userRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/users/:id/password',
    access: 'signed_in',
    summary: 'Set a password; every session of that person ends',
    body: newPassword,
    handle: async (call) => {
      const { id = '' } = call.params
      const user = userFor(call.control, call.principal, id)
      if (call.principal.userId === id && !isAdmin(call.control.log.view, call.principal, id)) {
        await assertCurrent(call.control, user, {
          given: call.body.current_password ?? '',
          address: call.request.ip,
        })
      }
      const password_hash = await hashPassword(call.body.password)
      await perform(call, (view, { atMs }) =>
        changeUser(view, id, { password_hash, sessions_valid_from_ms: atMs }),
      )
      return { user: id, sessions_valid_from: sessionsFrom(call.control, id) }
    },
  }),
  route({
    method: 'POST',
    path: '/v1/users/:id/sign-out',
    access: 'signed_in',
    summary: 'End every session of that person',
    handle: async (call) => {
      const { id = '' } = call.params
      userFor(call.control, call.principal, id)
      await perform(call, (view, { atMs }) => changeUser(view, id, { sessions_valid_from_ms: atMs + 1 }))
      return { user: id, sessions_valid_from: sessionsFrom(call.control, id) }
    },
  }),
]

function userFor({ log }: Control, principal: Principal, id: string): User {
  const user = log.view.entities.user.get(id)
  const isTheirs = principal.userId === id || isAdmin(log.view, principal, id)
  if (user === undefined || !isTheirs) throw notFound('user', id)
  return user
}

function isAdmin(view: OrganizationView, principal: Principal, id: string): boolean {
  return view.entities.user.has(id) && mayChange(view, principal, { kind: 'user', id })
}

/** Bounded like a sign-in: a stolen session must not become a way to guess the password. */
async function assertCurrent(
  control: Control,
  user: User,
  { given, address }: { readonly given: string; readonly address: string },
): Promise<void> {
  const { loginLimits } = control
  const attempt = { userId: user.id, address }
  if (
    loginLimits.waitMs(attempt, control.nowMs()) === 0 &&
    (await passwordMatches(given, user.password_hash))
  )
    return
  loginLimits.failed(attempt, control.nowMs())
  throw new ApiError(403, 'wrong_password', 'the current password is not right', {
    field: 'current_password',
  })
}

export function changeUser(view: OrganizationView, id: string, change: Partial<User>): Decision {
  const user = view.entities.user.get(id)
  if (user === undefined)
    return { ok: false, refusal: { code: 'not_found', message: `there is no user "${id}"` } }
  return { ok: true, changes: [{ kind: 'user', id, type: 'put', data: { ...user, ...change } }] }
}

function sessionsFrom({ log }: Control, id: string): string {
  return new Date(log.view.entities.user.get(id)?.sessions_valid_from_ms ?? 0).toISOString()
}
