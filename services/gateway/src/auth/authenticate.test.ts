import { mintSecret } from '@meterline/contract'
import { createOrganizationView, foldControlEvent } from '@meterline/domain'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { ApiError } from '../http/api-error.ts'
import { ADMIN_TOKEN, NOW_MS } from '../testing/memory-gateway.ts'
import { sampleOrganization } from '../testing/sample-organization.ts'
import { authenticate } from './authenticate.ts'

const { events, secrets } = sampleOrganization()
const view = createOrganizationView()
events.forEach((event, offset) => foldControlEvent(view, event, offset))
const known = { view, adminToken: ADMIN_TOKEN, nowMs: NOW_MS }

// Node's own function is watched, not replaced: the answers are the real ones.
const compared = vi.spyOn(crypto, 'timingSafeEqual')
beforeEach(() => {
  compared.mockClear()
  syncBuiltinESMExports()
})
afterEach(() => vi.clearAllMocks())

const lastLetterChanged = (text: string): string => text.slice(0, -1) + (text.endsWith('A') ? 'B' : 'A')

test.each([
  ['the admin token', ADMIN_TOKEN, 'admin', 1],
  ['a token that differs in its last letter', lastLetterChanged(ADMIN_TOKEN), 'unknown_key', 1],
  ['a token of one letter', 'x', 'unknown_key', 1],
  ['the secret of a key', secrets.registry, 'key', 2],
  ['a secret that differs in its last letter', lastLetterChanged(secrets.registry), 'unknown_key', 2],
  ['a secret of ours that no key has', mintSecret().secret, 'unknown_key', 1],
])('%s is compared by timingSafeEqual, over digests of one length', (_name, credential, answer, times) => {
  expect(answerTo(credential)).toBe(answer)
  expect(compared).toHaveBeenCalledTimes(times)
  for (const [a, b] of compared.mock.calls) expect([a.byteLength, b.byteLength]).toEqual([32, 32])
})

function answerTo(credential: string, to: Parameters<typeof authenticate>[1] = known): string {
  try {
    return authenticate(`Bearer ${credential}`, to).kind
  } catch (error) {
    if (error instanceof ApiError) return error.code
    throw error
  }
}

test('after a rotation both secrets are let in until the former one ends, then the new one alone', () => {
  const { secret: renewed, proof } = mintSecret()
  const rotated = createOrganizationView()
  events.forEach((event, offset) => foldControlEvent(rotated, event, offset))
  const key = rotated.entities.api_key.get('registry')
  if (key === undefined) throw new Error('the sample has the key "registry"')
  const { secret_prefix, secret_salt, secret_hash } = key
  const former_secret = { secret_prefix, secret_salt, secret_hash, valid_until_ms: NOW_MS + 1_000 }
  foldControlEvent(
    rotated,
    {
      schema: 1,
      command_id: 'rotate',
      at_ms: NOW_MS,
      actor: 'test',
      kind: 'api_key',
      id: key.id,
      type: 'put',
      data: { ...key, ...proof, former_secret },
    },
    rotated.offset + 1,
  )
  const at = (nowMs: number) => (secret: string) =>
    answerTo(secret, { view: rotated, adminToken: undefined, nowMs })
  expect([secrets.registry, renewed].map(at(NOW_MS + 999))).toEqual(['key', 'key'])
  expect([secrets.registry, renewed].map(at(NOW_MS + 1_000))).toEqual(['unknown_key', 'key'])
  expect(at(NOW_MS)(lastLetterChanged(secrets.registry))).toBe('unknown_key')
})

test('a key is kept as prefix, salt and hash: its secret is nowhere in the organization, and no two salts are alike', () => {
  const kept = JSON.stringify(events)
  for (const secret of Object.values(secrets)) {
    expect(kept).not.toContain(secret)
    expect(kept).not.toContain(secret.slice(-43))
    expect(kept).not.toContain(crypto.createHash('sha256').update(secret).digest('base64url'))
  }
  const salts = [...view.entities.api_key.values()].map(({ secret_salt }) => secret_salt)
  expect(new Set(salts).size).toBe(salts.length)
})
