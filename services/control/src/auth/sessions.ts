import type { OrganizationView, User } from '@meterline/domain'
import { z } from 'zod'

import type { Signer } from './signed-text.ts'

const PREFIX = 'mls_'

const content = z.strictObject({ user: z.string(), issued_at_ms: z.int(), expires_at_ms: z.int() })

export interface Session {
  readonly token: string
  readonly expiresAtMs: number
}

/** Sessions of people: signed, and kept nowhere. The user's `sessions_valid_from_ms` and `status` end them before their time. */
export interface Sessions {
  open(userId: string, nowMs: number): Session
  /** The person, when the token is one of ours, still runs, and was not ended. */
  userOf(token: string, view: OrganizationView, nowMs: number): User | undefined
}

export function isSessionToken(token: string): boolean {
  return token.startsWith(PREFIX)
}

export function createSessions(signer: Signer, lifetimeMs: number): Sessions {
  return {
    open(userId, nowMs) {
      const expiresAtMs = nowMs + lifetimeMs
      const signed = signer.sign({ user: userId, issued_at_ms: nowMs, expires_at_ms: expiresAtMs })
      return { token: `${PREFIX}${signed}`, expiresAtMs }
    },
    userOf(token, view, nowMs) {
      const opened = isSessionToken(token) ? signer.open(token.slice(PREFIX.length)) : undefined
      const session = content.safeParse(opened).data
      if (session === undefined || nowMs >= session.expires_at_ms) return undefined
      const user = view.entities.user.get(session.user)
      const isEnded = user?.status !== 'active' || session.issued_at_ms < user.sessions_valid_from_ms
      return isEnded ? undefined : user
    },
  }
}
