import { expect, test } from 'vitest'

import { keptSecretOf } from './api-keys.ts'
import { rotateKey, setKeyStatus } from './decide-key.ts'
import { createOrganizationView } from './organization-view.ts'
import type { ApiKey } from './organization.ts'

const head = { commandId: 'c', atMs: 1_000, actor: 'test' }
const fresh = { secret_prefix: 'new', secret_salt: 's2', secret_hash: 'h2' }
const key: ApiKey = {
  id: 'k',
  project: 'p',
  environment: 'prod',
  status: 'active',
  labels_from: 'registry',
  labels: {},
  may_send_for_others: false,
  secret_prefix: 'old',
  secret_salt: 's1',
  secret_hash: 'h1',
}

function viewOf(...keys: readonly ApiKey[]) {
  const view = createOrganizationView()
  for (const one of keys) view.entities.api_key.set(one.id, one)
  return view
}

function keyAfter(decision: ReturnType<typeof rotateKey>): ApiKey {
  if (!decision.ok) throw new Error(decision.refusal.code)
  const [change] = decision.changes
  if (change?.kind !== 'api_key' || change.type !== 'put') throw new Error('a key is put')
  return change.data
}

test('a rotated key has two secrets for the overlap, and a second rotation keeps only the last former one', () => {
  const once = keyAfter(rotateKey(viewOf(key), { id: 'k', secret: fresh, overlapMs: 500 }, head))
  expect(keptSecretOf(once, 'old', 1_499)?.secret_hash).toBe('h1')
  expect(keptSecretOf(once, 'old', 1_500)).toBeUndefined()
  expect(keptSecretOf(once, 'new', 9_999)?.secret_hash).toBe('h2')

  const twice = keyAfter(
    rotateKey(viewOf(once), { id: 'k', secret: { ...fresh, secret_prefix: 'newer' }, overlapMs: 500 }, head),
  )
  expect(['old', 'new', 'newer'].map((prefix) => keptSecretOf(twice, prefix, 1_001) !== undefined)).toEqual([
    false,
    true,
    true,
  ])
})

test('without an overlap the former secret ends at once', () => {
  expect(
    keyAfter(rotateKey(viewOf(key), { id: 'k', secret: fresh, overlapMs: 0 }, head)).former_secret,
  ).toBeUndefined()
})

test('a revoked key loses both secrets’ use and never comes back', () => {
  const rotated = keyAfter(rotateKey(viewOf(key), { id: 'k', secret: fresh, overlapMs: 500 }, head))
  const revoked = keyAfter(setKeyStatus(viewOf(rotated), { id: 'k', status: 'revoked' }))
  expect(revoked).toMatchObject({ status: 'revoked' })
  expect(revoked.former_secret).toBeUndefined()
  for (const decision of [
    setKeyStatus(viewOf(revoked), { id: 'k', status: 'active' }),
    rotateKey(viewOf(revoked), { id: 'k', secret: fresh, overlapMs: 0 }, head),
  ]) {
    expect(decision).toMatchObject({ ok: false, refusal: { code: 'key_revoked' } })
  }
})

test('to be as it is already is no change, and an unknown key is none', () => {
  expect(setKeyStatus(viewOf(key), { id: 'k', status: 'active' })).toEqual({ ok: true, changes: [] })
  expect(setKeyStatus(viewOf(), { id: 'k', status: 'active' })).toMatchObject({
    refusal: { code: 'not_found' },
  })
})
