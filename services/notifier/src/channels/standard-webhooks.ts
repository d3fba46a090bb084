import { createHmac, createPrivateKey, sign } from 'node:crypto'

import { SettingError } from '../secrets/secret-source.ts'

const MIN_SECRET_BYTES = 24
const MAX_SECRET_BYTES = 64
/** ASN.1 head of a PKCS #8 ed25519 private key; the 32 bytes of its seed follow. */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')
const ED25519_SEED_BYTES = 32

/**
 * The three headers of Standard Webhooks. `secrets` holds one secret or several, separated by spaces (an old and a new one while
 * they are being changed): `whsec_<base64>` signs with HMAC-SHA256 (`v1`), `whsk_<base64>` with ed25519 (`v1a`).
 * Signed is `<id>.<timestamp>.<body>`; the timestamp is that of the attempt, the id the same in all of them.
 */
export function signedHeaders(
  message: { readonly id: string; readonly attemptAtMs: number; readonly body: string },
  secrets: string,
): Record<string, string> {
  const timestamp = Math.floor(message.attemptAtMs / 1_000)
  const content = `${message.id}.${timestamp}.${message.body}`
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': secrets
      .split(/\s+/)
      .filter((secret) => secret !== '')
      .map((secret) => signature(content, secret))
      .join(' '),
  }
}

function signature(content: string, secret: string): string {
  const asymmetric = secret.startsWith('whsk_')
  const key = Buffer.from(secret.replace(/^(whsec|whsk)_/, ''), 'base64')
  if (asymmetric) return `v1a,${ed25519Signature(content, key)}`
  if (!secret.startsWith('whsec_') || key.length < MIN_SECRET_BYTES || key.length > MAX_SECRET_BYTES) {
    throw new SettingError(
      `a signing secret is whsec_ and base64 of ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} bytes`,
    )
  }
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`
}

function ed25519Signature(content: string, key: Buffer): string {
  if (key.length < ED25519_SEED_BYTES) throw new SettingError('a whsk_ key holds an ed25519 private key')
  const der = Buffer.concat([PKCS8_ED25519, key.subarray(0, ED25519_SEED_BYTES)])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  return sign(null, Buffer.from(content), privateKey).toString('base64')
}
