import { expect, test } from 'vitest'

import { mintSecret, proofOf, secretMatches, secretPrefix } from './key-secret.ts'

test('a minted secret has the documented shape and proves itself', () => {
  const { secret, proof } = mintSecret()
  expect(secret).toMatch(/^mlk_[A-Za-z0-9]{12}_[A-Za-z0-9_-]{43}$/)
  expect(secretPrefix(secret)).toBe(proof.secret_prefix)
  expect(secretMatches(secret, proof)).toBe(true)
})

test('another secret, or the same one with a changed character, does not match', () => {
  const { secret, proof } = mintSecret()
  const changed = secret.slice(0, -2) + (secret.endsWith('AA') ? 'BB' : 'AA')
  expect(secretMatches(mintSecret().secret, proof)).toBe(false)
  expect(secretMatches(changed, proof)).toBe(false)
})

test('the proof of a kept secret is another salt and the same secret', () => {
  const { secret, proof } = mintSecret()
  const again = proofOf(secret)
  expect(again.secret_salt).not.toBe(proof.secret_salt)
  expect(secretMatches(secret, again)).toBe(true)
  expect(() => proofOf('hunter2')).toThrow(TypeError)
})
