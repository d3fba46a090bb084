import { mintSecret } from '@meterline/contract'
import { createOrganizationView } from '@meterline/domain'
import type { ServiceToken } from '@meterline/domain'
import { afterEach, expect, test } from 'vitest'

import { startStandIn } from '../../../../test/support/providers/stand-in.ts'
import type { StandIn } from '../../../../test/support/providers/stand-in.ts'
import { authenticate } from './authenticate.ts'

const NOW_MS = 1_000_000
const ADMIN_TOKEN = 'mla_the_admin_token'
const { secret, proof } = mintSecret()
const view = createOrganizationView()

function tokenStands(changes: Partial<ServiceToken> = {}): void {
  view.entities.service_token.set('pager', {
    id: 'pager',
    name: 'Pager',
    status: 'active',
    bindings: [{ role: 'viewer', scope: 'org:acme' }],
    expires_at_ms: null,
    ...proof,
    ...changes,
  })
}

let control: StandIn | undefined
afterEach(async () => {
  await control?.close()
  control = undefined
})

function ask(credentials: { token?: string; cookie?: string }, controlUrl?: string) {
  const authorization = credentials.token === undefined ? undefined : `Bearer ${credentials.token}`
  return authenticate(
    { authorization, cookie: credentials.cookie },
    { view, adminToken: ADMIN_TOKEN, controlUrl, nowMs: () => NOW_MS },
  )
}

test('the admin token and service tokens are known without asking anybody', async () => {
  tokenStands()
  expect(await ask({ token: ADMIN_TOKEN })).toMatchObject({ actor: 'token:admin' })
  expect(await ask({ token: secret })).toEqual({
    actor: 'token:pager',
    userId: null,
    bindings: [{ role: 'viewer', scope: 'org:acme' }],
  })
})

test.each([
  ['no credential', {}, {}],
  ['an unknown token', { token: 'x' }, {}],
  ['a token that is disabled', { token: secret }, { status: 'disabled' }],
  ['a token that has expired', { token: secret }, { expires_at_ms: NOW_MS }],
  ['a secret that differs in its last letter', { token: `${secret.slice(0, -1)}_` }, {}],
  ['a session where nobody verifies any', { cookie: 'session=x' }, {}],
] as const)('%s is refused', async (_name, credentials, token) => {
  tokenStands(token)
  await expect(ask(credentials)).rejects.toMatchObject({ status: 401 })
})

test('a session is what the control service says it is; a role that nobody knows opens nothing', async () => {
  control = await startStandIn(({ headers }) =>
    headers.cookie === 'session=lead'
      ? {
          status: 200,
          body: {
            actor: 'user:u1',
            user: 'u1',
            roles: [
              { role: 'team_lead', scope: 'team:payments' },
              { role: 'emperor', scope: 'org:*' },
            ],
          },
        }
      : { status: 401, body: {} },
  )
  expect(await ask({ cookie: 'session=lead' }, control.url)).toEqual({
    actor: 'user:u1',
    userId: 'u1',
    bindings: [{ role: 'team_lead', scope: 'team:payments' }],
  })
  await expect(ask({ cookie: 'session=other' }, control.url)).rejects.toMatchObject({ status: 401 })
})

test('while the control service is away a session is neither known nor refused', async () => {
  control = await startStandIn(() => ({ status: 200, body: {} }))
  const { url } = control
  await control.close()
  control = undefined
  await expect(ask({ cookie: 'session=lead' }, url)).rejects.toMatchObject({
    status: 503,
    code: 'control_unavailable',
  })
})
