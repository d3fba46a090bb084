import type { ApiKey } from '@meterline/domain'
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

const PREFIX_CHARACTERS = 12
const SECRET_BYTES = 32
const SALT_BYTES = 16
const SECRET_PATTERN = /^mlk_([A-Za-z0-9]{12})_[A-Za-z0-9_-]{43}$/
const PREFIX_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

export type SecretProof = Pick<ApiKey, 'secret_prefix' | 'secret_salt' | 'secret_hash'>

/** A new bearer token, `mlk_<12 characters>_<43 characters of base64url>`, and what is kept of it. Shown once. */
export function mintSecret(): { readonly secret: string; readonly proof: SecretProof } {
  const prefix = Array.from(
    randomBytes(PREFIX_CHARACTERS),
    (byte) => PREFIX_ALPHABET[byte % PREFIX_ALPHABET.length],
  ).join('')
  const secret = `mlk_${prefix}_${randomBytes(SECRET_BYTES).toString('base64url')}`
  return { secret, proof: proofOf(secret) }
}

/** The proof of an existing secret, under a new salt. Throws `TypeError` when the text is no secret of ours. */
export function proofOf(secret: string): SecretProof {
  const prefix = secretPrefix(secret)
  if (prefix === undefined) throw new TypeError('not a Meterline secret: expected mlk_<prefix>_<secret>')
  const salt = randomBytes(SALT_BYTES).toString('base64url')
  return { secret_prefix: prefix, secret_salt: salt, secret_hash: secretHash(secret, salt) }
}

/** The public 12 characters by which a key is found, or `undefined` when the text is no secret of ours. */
export function secretPrefix(secret: string): string | undefined {
  return SECRET_PATTERN.exec(secret)?.[1]
}

/** Base64url of SHA-256(salt bytes ‖ the whole secret as UTF-8). */
export function secretHash(secret: string, salt: string): string {
  return createHash('sha256').update(Buffer.from(salt, 'base64url')).update(secret).digest('base64url')
}

/** Compares in constant time. */
export function secretMatches(secret: string, proof: SecretProof): boolean {
  const expected = Buffer.from(proof.secret_hash, 'base64url')
  const actual = Buffer.from(secretHash(secret, proof.secret_salt), 'base64url')
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}
