import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'

const KEY_BYTES = 32
const MAX_SIGNED_CHARACTERS = 4_096

/** Signs short texts that come back through a browser, and knows its own again. */
export interface Signer {
  sign(content: unknown): string
  /** `undefined` for anything not signed by this signer, under this purpose. */
  open(text: string): unknown
}

/** A key of its own for each purpose: what was signed as one thing is never taken for another. */
export function createSigner(secret: string | undefined, purpose: string): Signer {
  const key =
    secret === undefined
      ? randomBytes(KEY_BYTES)
      : Buffer.from(hkdfSync('sha256', secret, '', purpose, KEY_BYTES))
  const mac = (payload: string): Buffer => createHmac('sha256', key).update(payload).digest()
  return {
    sign(content) {
      const payload = Buffer.from(JSON.stringify(content)).toString('base64url')
      return `${payload}.${mac(payload).toString('base64url')}`
    },
    open(text) {
      if (text.length > MAX_SIGNED_CHARACTERS) return undefined
      const [payload = '', signature = '', ...rest] = text.split('.')
      const given = Buffer.from(signature, 'base64url')
      const expected = mac(payload)
      if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected))
        return undefined
      return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    },
  }
}
