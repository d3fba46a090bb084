import type { Decision, OrganizationView, User } from '@meterline/domain'
import { ApiError } from '@meterline/http'

import { OIDC_FLOW_COOKIE } from '../auth/oidc-flow-cookie.ts'
import type { OidcPerson, OidcSignIn } from '../auth/oidc.ts'
import { cookieNamed, setCookie } from '../auth/session-cookie.ts'
import type { Control } from '../control.ts'
import { unkeyedCommandId } from '../log/command-id.ts'
import type { Route } from '../routing/route.ts'
import { route } from '../routing/route.ts'
import { openSession } from './session-routes.ts'
import { changeUser } from './user-routes.ts'

const PATH = '/v1/session/oidc'

/** Sign-in at an OpenID provider. Nobody is made a user by it: an admin has registered the person, by subject or e-mail address. */
export const oidcRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: `${PATH}/start`,
    access: 'public',
    summary: 'Go to the OpenID provider',
    handle: async ({ control, reply }) => {
      const { url, flow } = await configured(control).begin(control.nowMs())
      return reply
        .header('set-cookie', flowCookie(control, flow, OIDC_FLOW_COOKIE.maxAgeMs))
        .redirect(url, 302)
    },
  }),
  route({
    method: 'GET',
    path: `${PATH}/callback`,
    access: 'public',
    summary: 'Come back from the OpenID provider; the session is in the answer and in a cookie',
    handle: async ({ control, request, reply }) => {
      const flow = cookieNamed(request.headers.cookie, OIDC_FLOW_COOKIE.name) ?? ''
      const query = new URL(request.url, 'http://callback').search
      const person = await configured(control)
        .finish({ query, flow }, control.nowMs())
        .catch((cause: unknown) => {
          control.events.signInFailed({
            user: 'oidc',
            why: cause instanceof Error ? cause.message : 'unknown',
          })
          throw new ApiError(401, 'sign_in_failed', 'the sign-in at the provider did not succeed', { cause })
        })
      const user = await knownUser(control, person)
      control.events.signedIn({ user: user.id, through: 'oidc' })
      const session = openSession(control, user, reply)
      reply.header('set-cookie', flowCookie(control, '', 0))
      return session
    },
  }),
]

function configured({ oidc }: Control): OidcSignIn {
  if (oidc === undefined) throw new ApiError(404, 'not_configured', 'no OpenID provider is configured')
  return oidc
}

function flowCookie(control: Control, flow: string, maxAgeMs: number): string {
  // The way back from the provider is a request of another site: a Strict cookie would not come along.
  return setCookie(OIDC_FLOW_COOKIE.name, flow, {
    maxAgeMs,
    isSecure: control.hasSecureCookies,
    path: PATH,
    sameSite: 'Lax',
  })
}

/** By subject; at the first sign-in by the verified e-mail address, and from then on by the subject alone. */
async function knownUser(control: Control, person: OidcPerson): Promise<User> {
  const { view } = control.log
  const bySubject = find(view, (user) => user.oidc_subject === person.subject)
  const user = bySubject ?? find(view, (candidate) => isNewlyNamed(candidate, person))
  if (user?.status !== 'active') {
    control.events.signInFailed({
      user: person.subject,
      why: user === undefined ? 'not registered' : 'disabled',
    })
    throw new ApiError(403, 'not_registered', 'you are known to the provider, and not registered here', {
      hint: 'ask an admin to register your e-mail address',
    })
  }
  if (bySubject === undefined) await link(control, user.id, person)
  return user
}

function isNewlyNamed(user: User, { email }: OidcPerson): boolean {
  return user.oidc_subject === null && email !== undefined && user.email.toLowerCase() === email.toLowerCase()
}

async function link(control: Control, userId: string, person: OidcPerson): Promise<void> {
  const decide = (view: OrganizationView): Decision => {
    const current = view.entities.user.get(userId)
    // Two first sign-ins at once: the second finds it done, or another subject in its place.
    if (current === undefined || !isNewlyNamed(current, person)) return { ok: true, changes: [] }
    return changeUser(view, userId, { oidc_subject: person.subject })
  }
  await control.log.run({ commandId: unkeyedCommandId(), actor: 'system:sign-in', decide })
  if (control.log.view.entities.user.get(userId)?.oidc_subject !== person.subject) {
    throw new ApiError(403, 'not_registered', 'another account of the provider is linked to this user')
  }
}

function find(view: OrganizationView, isIt: (user: User) => boolean): User | undefined {
  return [...view.entities.user.values()].find(isIt)
}
