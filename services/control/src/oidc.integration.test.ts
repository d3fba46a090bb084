import { OAuth2Server } from 'oauth2-mock-server'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import { createOidcSignIn } from './auth/oidc.ts'
import { createSigner } from './auth/signed-text.ts'
import type { Control } from './control.ts'
import { createServer } from './server.ts'
import { memoryControl } from './testing/memory-control.ts'
import type { MemoryControl } from './testing/memory-control.ts'
import { createMetrics } from '@meterline/runtime'

// A provider of its own, over HTTP; only the browser between the two is played.
const provider = new OAuth2Server()
const REDIRECT_URL = 'http://127.0.0.1:1/v1/session/oidc/callback'

let claims: Record<string, unknown> = {}
let world: MemoryControl
let server: ReturnType<typeof createServer>

beforeAll(async () => {
  await provider.issuer.keys.generate('RS256')
  await provider.start(0, '127.0.0.1')
  provider.service.on('beforeTokenSigning', (token: { payload: Record<string, unknown> }) => {
    Object.assign(token.payload, claims)
  })
})
afterAll(() => provider.stop())

beforeEach(() => {
  claims = { sub: 'at-the-provider', email: 'lea@example.com', email_verified: true }
  world = memoryControl()
  const settings = {
    issuerUrl: provider.issuer.url ?? '',
    clientId: 'meterline',
    clientSecret: 'secret',
    redirectUrl: REDIRECT_URL,
  }
  const control: Control = {
    ...world.control,
    oidc: createOidcSignIn(settings, createSigner('secret', 'oidc')),
  }
  server = createServer(control, { probes: [], metrics: createMetrics('control') })
})

interface Begun {
  readonly url: string
  readonly cookie: string
}

async function begin(): Promise<Begun> {
  const response = await server.inject({ url: '/v1/session/oidc/start' })
  expect(response.statusCode).toBe(302)
  return {
    url: String(response.headers.location),
    cookie: String(response.headers['set-cookie']).split(';')[0] ?? '',
  }
}

/** The provider's answer, as it sends the browser back. */
async function atProvider(url: string): Promise<string> {
  const response = await fetch(url, { redirect: 'manual' })
  return new URL(response.headers.get('location') ?? '').search
}

async function comeBack({ cookie }: Begun, query: string) {
  const response = await server.inject({ url: `/v1/session/oidc/callback${query}`, headers: { cookie } })
  return {
    status: response.statusCode,
    body: response.json<Record<string, unknown>>(),
    cookies: response.headers['set-cookie'],
  }
}

async function signIn() {
  const begun = await begin()
  return comeBack(begun, await atProvider(begun.url))
}

test('a person registered by address signs in, and from then on is known by the subject alone', async () => {
  const begun = await begin()
  const asked = new URL(begun.url).searchParams
  expect([asked.get('code_challenge_method'), asked.get('scope')]).toEqual(['S256', 'openid email profile'])
  const first = await comeBack(begun, await atProvider(begun.url))
  expect([first.status, first.body['user']]).toEqual([200, 'lea'])
  expect(world.log.view.entities.user.get('lea')?.oidc_subject).toBe(
    `${provider.issuer.url ?? ''}|at-the-provider`,
  )
  const session = { authorization: `Bearer ${String(first.body['token'])}` }
  expect((await server.inject({ url: '/v1/session', headers: session })).json()).toMatchObject({
    actor: 'user:lea',
  })

  claims = { sub: 'at-the-provider', email: 'renamed@example.com', email_verified: true }
  expect((await signIn()).body['user']).toBe('lea')
  // Another account with that address does not take it over.
  claims = { sub: 'somebody-else', email: 'lea@example.com', email_verified: true }
  expect((await signIn()).status).toBe(403)
})

test('whom nobody registered, whose address is not verified, and who is disabled stay outside', async () => {
  claims = { ...claims, email: 'stranger@example.com' }
  expect((await signIn()).status).toBe(403)
  claims = { ...claims, email: 'lea@example.com', email_verified: false }
  expect((await signIn()).status).toBe(403)
  await world.call('PUT', '/v1/users/lea', { name: 'Lea', email: 'lea@example.com', status: 'disabled' })
  claims = { ...claims, email_verified: true }
  expect((await signIn()).status).toBe(403)
  expect(world.log.view.entities.user.get('lea')?.oidc_subject).toBeNull()
})

test('an answer counts once, in the browser that asked, in its time, with its state', async () => {
  const begun = await begin()
  const query = await atProvider(begun.url)
  const other = await begin()
  expect((await comeBack(other, query)).status).toBe(401)
  expect((await comeBack({ ...begun, cookie: '' }, query)).status).toBe(401)
  expect((await comeBack(begun, query.replace(/state=[^&]+/, 'state=forged'))).status).toBe(401)
  expect((await comeBack(begun, query)).status).toBe(200)
  expect((await comeBack(begun, query)).status).toBe(401)
  const late = await begin()
  const lateQuery = await atProvider(late.url)
  world.passMs(10 * 60_000)
  expect((await comeBack(late, lateQuery)).status).toBe(401)
})
