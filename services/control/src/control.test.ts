import { beforeEach, describe, expect, test } from 'vitest'

import { hashPassword } from './auth/password-hash.ts'
import { ADMIN_TOKEN, memoryControl, SAMPLE } from './testing/memory-control.ts'
import type { MemoryControl } from './testing/memory-control.ts'

let world: MemoryControl
beforeEach(() => {
  world = memoryControl()
})

const limit = { level: 'group', scope: 'team:auth', hard_cap_credits: 20.5 }
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe('versions', () => {
  test('a version that has moved on is a conflict that names both', async () => {
    const first = await world.call('GET', '/v1/limits/l-auth')
    const { version } = first.body
    expect(first.headers['etag']).toBe(`"${version}"`)
    const put = await world.call('PUT', '/v1/limits/l-auth', limit, { 'if-match': `"${version}"` })
    expect(put.status).toBe(200)
    const again = await world.call('PUT', '/v1/limits/l-auth', {
      ...limit,
      hard_cap_credits: 1,
      expected_version: version,
    })
    expect(again.status).toBe(409)
    expect(again.body.error).toMatchObject({
      code: 'version_conflict',
      expected_version: version,
      current_version: put.body['version'],
    })
    expect((await world.call('PUT', '/v1/limits/l-auth', limit, { 'if-none-match': '*' })).status).toBe(409)
    expect((await world.call('PUT', '/v1/limits/l-new', limit, { 'if-none-match': '*' })).status).toBe(200)
  })

  test('to put what is there writes nothing', async () => {
    await world.call('PUT', '/v1/limits/l-auth', limit)
    const { length } = world.log.records
    expect((await world.call('PUT', '/v1/limits/l-auth', limit)).status).toBe(200)
    expect(world.log.records).toHaveLength(length)
  })
})

describe('idempotency', () => {
  test('the same key takes effect once, and another request under it is refused', async () => {
    const key = { 'idempotency-key': 'once' }
    const entry = { project: 'auth-app', environment: 'prod' }
    const issued = await world.call('POST', '/v1/keys', entry, key)
    expect(issued.status).toBe(201)
    expect(issued.body['secret']).toMatch(/^mlk_/)
    const { length } = world.log.records
    const again = await world.call('POST', '/v1/keys', entry, key)
    expect(again.headers['idempotent-replayed']).toBe('true')
    expect(again.body['id']).toBe(issued.body['id'])
    expect(again.body).not.toHaveProperty('secret')
    const other = await world.call('POST', '/v1/keys', { ...entry, environment: 'dev' }, key)
    expect([other.status, other.body.error?.code]).toEqual([422, 'idempotency_key_reused'])
    expect(world.log.records).toHaveLength(length)
  })

  test('is forgotten after its window', async () => {
    const key = { 'idempotency-key': 'once' }
    await world.call('PUT', '/v1/limits/l-x', limit, key)
    world.passMs(24 * 3_600_000 + 1)
    const later = await world.call('PUT', '/v1/limits/l-x', { ...limit, hard_cap_credits: 1 }, key)
    expect(later.status).toBe(200)
    expect(later.headers).not.toHaveProperty('idempotent-replayed')
  })
})

describe('rules', () => {
  test.each([
    [
      'PUT',
      '/v1/teams/new',
      { name: 'New', department: 'nowhere', cost_center: 'C' },
      422,
      'unknown_reference',
      'department',
    ],
    ['PUT', '/v1/limits/l-auth', { ...limit, scope: 'team:nowhere' }, 422, 'unknown_reference', 'scope'],
    [
      'PUT',
      '/v1/limits/l-auth',
      { ...limit, hard_cap_credits: -1 },
      400,
      'invalid_field',
      'hard_cap_credits',
    ],
    ['PUT', '/v1/limits/l-auth', { ...limit, hard_cap_credit: 1 }, 400, 'invalid_field', 'hard_cap_credit'],
    ['PUT', '/v1/limits/l-auth', { ...limit, id: 'l-risk' }, 400, 'invalid_field', 'id'],
    ['DELETE', '/v1/teams/auth', undefined, 409, 'still_in_use', undefined],
    ['DELETE', '/v1/limits/nothing', undefined, 404, 'not_found', undefined],
    ['PUT', '/v1/organizations/other', { name: 'Other' }, 422, 'another_organization', 'id'],
    ['GET', '/v1/limits?limit=0', undefined, 400, 'invalid_field', 'limit'],
    ['POST', '/v1/export', undefined, 405, 'method_not_allowed', undefined],
    ['GET', '/v1/nothing', undefined, 404, 'not_found', undefined],
  ] as const)('%s %s is refused', async (...[method, url, body, ...expected]) => {
    const answer = await world.call(method, url, body)
    expect([answer.status, answer.body.error?.code, answer.body.error?.field]).toEqual(expected)
  })

  test.each([
    ['PUT', '/v1/limits/l-x', { ...limit, hard_cap_credits: '5' }, 'hard_cap_credits: must be a number'],
    [
      'PUT',
      '/v1/limits/l-x',
      { ...limit, hard_cap_credit: 5 },
      'hard_cap_credit: unknown field; did you mean "hard_cap_credits"?',
    ],
    [
      'PUT',
      '/v1/limits/l-x',
      { ...limit, level: 'person' },
      'level: must be one of workspace, group, individual',
    ],
    ['PUT', '/v1/pools/p', { name: 'P' }, 'owner: is required; add it'],
    [
      'POST',
      '/v1/pools/p/grants',
      { credits: 5, expires_at: 'tomorrow' },
      'expires_at: a date such as 2026-11-01, or a time with zone such as 2026-11-01T00:00:00Z',
    ],
    ['POST', '/v1/pools/p/grants', { credits: -5 }, 'credits: must not be negative'],
  ] as const)('%s %s says what is wrong with a field in words', async (method, url, body, message) => {
    expect((await world.call(method, url, body)).body.error).toMatchObject({ message })
  })

  test.each([
    [{ hard_cap_credits: 5, soft_cap_credits: 6 }, 'soft_cap_credits'],
    [{ level: 'individual', scope: 'user:ann' }, 'expires_at'],
  ])('a rule names the field as it was written: %j', async (change, field) => {
    const { status, body } = await world.call('PUT', '/v1/limits/l-x', { ...limit, ...change })
    expect([status, body.error?.field]).toEqual([422, field])
  })

  test('an empty body is none, whatever its type is said to be', async () => {
    const json = { 'content-type': 'application/json' }
    expect((await world.call('POST', '/v1/keys/k-auth/disable', undefined, json)).status).toBe(200)
    expect((await world.call('DELETE', '/v1/limits/l-risk', undefined, json)).status).toBe(200)
    expect((await world.call('POST', '/v1/requests', '{"a"', json)).status).toBe(400)
  })

  test('whoever cannot approve is told who can', async () => {
    const asked = { kind: 'allocation_change', subject: 'allocation:al-auth', allocations: { 'al-auth': 5 } }
    await world.call(
      'POST',
      '/v1/requests',
      { ...asked, id: 'r', description: 'x' },
      bearer(world.session('lea')),
    )
    const said = async (token: string) =>
      JSON.stringify((await world.call('POST', '/v1/requests/r/approve', {}, bearer(token))).body.error)
    expect(await said(ADMIN_TOKEN)).toContain('A token approves nothing: sign in as a person')
    expect(await said(world.session('lea'))).toContain(
      'it needs a yes of finance and of engineering, of other',
    )
  })

  test('a list comes in pages by id', async () => {
    const first = await world.call('GET', '/v1/limits?limit=1')
    const { items, next } = first.body as unknown as { items: { id: string }[]; next: string }
    expect(items.map(({ id }) => id)).toEqual(['l-auth'])
    expect((await world.call('GET', next)).body).toMatchObject({ items: [{ id: 'l-risk' }] })
  })
})

describe('a part of the organization', () => {
  test('is all that its lead sees and changes', async () => {
    const lea = bearer(world.session('lea'))
    expect((await world.call('GET', '/v1/keys', undefined, lea)).body).toMatchObject({
      items: [{ id: 'k-auth' }],
    })
    expect((await world.call('GET', '/v1/keys/k-risk', undefined, lea)).status).toBe(404)
    expect((await world.call('PUT', '/v1/limits/l-auth', limit, lea)).status).toBe(200)
    const foreign = { ...limit, scope: 'team:risk' }
    for (const id of ['l-auth', 'l-risk', 'l-new']) {
      expect((await world.call('PUT', `/v1/limits/${id}`, foreign, lea)).body.error?.code).toBe('forbidden')
    }
    // Out of another's part into the own one is no way in.
    expect((await world.call('PUT', '/v1/limits/l-risk', limit, lea)).status).toBe(403)
    const everywhere = { project: 'auth-app', environment: 'prod', may_send_for_others: true }
    expect((await world.call('POST', '/v1/keys', everywhere, lea)).status).toBe(403)
  })

  test('nobody gives themselves a role, by the API or by a file', async () => {
    const lea = bearer(world.session('lea'))
    const lead = { name: 'Lea', email: 'lea@example.com', roles: [{ role: 'admin', scope: 'org:org-1' }] }
    expect((await world.call('PUT', '/v1/users/lea', lead, lea)).status).toBe(403)
    const file = SAMPLE.replace('role: team_lead, scope: team:auth', 'role: admin, scope: org:org-1')
    for (const query of ['', '?dry_run=true']) {
      const answer = await world.call('POST', `/v1/apply${query}`, { file }, lea)
      expect(answer.body.error?.code).toBe('forbidden')
    }
  })

  test('a user without any role sees the own keys alone', async () => {
    const ann = bearer(world.session('ann'))
    expect((await world.call('GET', '/v1/keys', undefined, ann)).body).toMatchObject({
      items: [{ id: 'k-auth' }],
    })
    expect((await world.call('GET', '/v1/allocations', undefined, ann)).status).toBe(403)
  })
})

describe('sessions', () => {
  const password = 'correct horse battery'
  const signIn = (user: string, given: string) =>
    world.call('POST', '/v1/session', { user, password: given }, { authorization: '' })

  test('a password opens one, by id or address; a sign-out, a new password and a disabling end it', async () => {
    await world.call('POST', '/v1/users/lea/password', { password })
    world.passMs(1)
    for (const name of ['lea', 'LEA@example.com']) expect((await signIn(name, password)).status).toBe(201)
    const opened = await signIn('lea', password)
    expect(opened.headers['set-cookie']).toMatch(
      /^meterline_session=mls_.*; Path=\/; HttpOnly; SameSite=Strict; Max-Age=3600$/,
    )
    const session = bearer(String(opened.body['token']))
    expect((await world.call('GET', '/v1/session', undefined, session)).body).toMatchObject({
      actor: 'user:lea',
      permissions: { 'keys.write': ['team:auth'], 'requests.create': ['team:auth', 'user:lea'] },
    })
    expect((await world.call('DELETE', '/v1/session', undefined, session)).status).toBe(200)
    expect((await world.call('GET', '/v1/session', undefined, session)).body.error?.code).toBe('session_over')

    world.passMs(10)
    const next = bearer(world.session('lea'))
    const disabled = { name: 'Lea', email: 'lea@example.com', status: 'disabled' }
    await world.call('PUT', '/v1/users/lea', disabled)
    expect((await world.call('GET', '/v1/session', undefined, next)).status).toBe(401)
    expect((await signIn('lea', password)).status).toBe(401)
  })

  test('ends by its time, and no letter of it may be another', async () => {
    const token = world.session('lea')
    expect(
      (await world.call('GET', '/v1/session', undefined, bearer(`${token.slice(0, -2)}xx`))).status,
    ).toBe(401)
    world.passMs(3_600_000)
    expect((await world.call('GET', '/v1/session', undefined, bearer(token))).status).toBe(401)
  })

  test('whoever guesses has to wait, and is told the same of nobody as of somebody', async () => {
    await world.call('POST', '/v1/users/lea/password', { password })
    const wrong = await signIn('lea', 'wrong')
    const nobody = await signIn('nobody', 'wrong')
    expect([wrong.status, wrong.text]).toEqual([401, nobody.text])
    for (let attempt = 1; attempt < 5; attempt += 1) await signIn('lea', 'wrong')
    const right = await signIn('lea', password)
    expect([right.status, right.headers['retry-after']]).toEqual([429, '30'])
    world.passMs(30_000)
    expect((await signIn('lea', password)).status).toBe(201)
  })

  test('a person changes the own password with the current one, nobody another’s', async () => {
    await world.call('POST', '/v1/users/lea/password', { password })
    world.passMs(1)
    const lea = bearer(world.session('lea'))
    const fresh = { password: 'another long password' }
    expect((await world.call('POST', '/v1/users/lea/password', fresh, lea)).status).toBe(403)
    expect((await world.call('POST', '/v1/users/ann/password', fresh, lea)).status).toBe(404)
    expect(
      (await world.call('POST', '/v1/users/lea/password', { ...fresh, current_password: password }, lea))
        .status,
    ).toBe(200)
    world.passMs(1)
    expect((await signIn('lea', fresh.password)).status).toBe(201)
    expect((await world.call('POST', '/v1/users/lea/password', { password: 'short' })).status).toBe(400)
  })

  test('a cookie alone changes nothing for another site', async () => {
    const cookie = `meterline_session=${world.session('lea')}`
    const put = (headers: Record<string, string>) =>
      world.server.inject({
        method: 'PUT',
        url: '/v1/limits/l-auth',
        payload: limit,
        headers: { cookie, host: 'here', ...headers },
      })
    expect((await put({})).statusCode).toBe(403)
    expect((await put({ origin: 'https://elsewhere' })).statusCode).toBe(403)
    expect((await put({ 'sec-fetch-site': 'cross-site', origin: 'http://here' })).statusCode).toBe(403)
    expect((await put({ 'sec-fetch-site': 'same-origin' })).statusCode).toBe(200)
    expect((await put({ origin: 'http://here' })).statusCode).toBe(200)
    expect((await world.server.inject({ url: '/v1/session', headers: { cookie } })).statusCode).toBe(200)
  })
})

test('a service token works with its roles until it is rotated, disabled or expired', async () => {
  const entry = { name: 'Notifier', roles: [{ role: 'platform_owner', scope: 'org:org-1' }] }
  const made = await world.call('PUT', '/v1/tokens/notifier', entry)
  const token = bearer(String(made.body['secret']))
  expect((await world.call('GET', '/v1/session', undefined, token)).body).toMatchObject({
    actor: 'token:notifier',
  })
  const rotated = await world.call('POST', '/v1/tokens/notifier/rotate')
  expect((await world.call('GET', '/v1/session', undefined, token)).status).toBe(401)
  const renewed = bearer(String(rotated.body['secret']))
  expect((await world.call('GET', '/v1/session', undefined, renewed)).status).toBe(200)
  await world.call('PUT', '/v1/tokens/notifier', { ...entry, status: 'disabled' })
  expect((await world.call('GET', '/v1/session', undefined, renewed)).body.error?.code).toBe('disabled_token')
})

test('what is exported is applied without any change, and a key of the file gets a secret that was given', async () => {
  const yaml = (await world.call('GET', '/v1/export')).text
  const again = await world.call('POST', '/v1/apply', yaml, { 'content-type': 'application/yaml' })
  expect(again.body).toMatchObject({ applied: true, changes: [], new_keys: [] })
  expect((await world.call('GET', '/v1/export')).text).toBe(yaml)

  const fresh = memoryControl({ file: 'organization: { id: org-1, name: Sample }' })
  const { secret } = (await fresh.call('PUT', '/v1/tokens/any', { name: 'Any' })).body
  const applied = await fresh.call('POST', '/v1/apply', { file: yaml, secrets: { 'k-auth': secret } })
  expect(applied.body['new_keys']).toMatchObject([{ id: 'k-auth', secret, team: 'auth' }, { id: 'k-risk' }])
  const broken = await fresh.call('POST', '/v1/apply', yaml.replace('team:auth', 'team:elsewhere'), {
    'content-type': 'text/yaml',
  })
  expect([broken.status, broken.body.error?.code]).toEqual([400, 'invalid_file'])
})

test('no password, salt or hash is in any answer, export or log line', async () => {
  const lines: string[] = []
  world = memoryControl({ logTo: { write: (line) => void lines.push(line) } })
  const secretPassword = 'a password to look for'
  await world.call('POST', '/v1/users/lea/password', { password: secretPassword })
  const signedIn = await world.call('POST', '/v1/session', { user: 'lea', password: secretPassword })
  const issued = await world.call('POST', '/v1/keys', {
    id: 'k-new',
    project: 'auth-app',
    environment: 'dev',
  })
  await world.call('POST', '/v1/keys/k-new/rotate')
  const { user, api_key } = world.log.view.entities
  const key = api_key.get('k-new')
  const withheld = [
    user.get('lea')?.password_hash,
    key?.secret_hash,
    key?.secret_salt,
    key?.former_secret?.secret_hash,
    key?.former_secret?.secret_salt,
    secretPassword,
  ].map((text) => text ?? 'missing')
  expect(withheld).not.toContain('missing')

  const answers = await Promise.all(
    [
      '/v1/users/lea',
      '/v1/users',
      '/v1/keys/k-new',
      '/v1/keys',
      '/v1/tokens',
      '/v1/export',
      '/v1/session',
    ].map((url) => world.call('GET', url)),
  )
  const text = [...answers.map((answer) => answer.text), ...lines].join('\n')
  for (const one of [...withheld, issued.body['secret'], signedIn.body['token']])
    expect(text).not.toContain(one)
  expect(answers.every(({ status }) => status === 200)).toBe(true)
})

test('a hash of argon2id is a PHC string with a salt of its own', async () => {
  const [a, b] = await Promise.all([hashPassword('the same'), hashPassword('the same')])
  expect(a).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(a).not.toBe(b)
})
