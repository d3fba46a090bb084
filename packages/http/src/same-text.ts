import { hash, timingSafeEqual } from 'node:crypto'

/** SHA-256 of a text as UTF-8: what two secrets are compared by, so that their lengths tell nothing either. */
export function textDigest(text: string): Uint8Array {
  // So small an array lies on V8's own heap. A buffer of memory for each digest would be one more for the collector to look after.
  const bytes = hash('sha256', text, 'binary')
  const digest = new Uint8Array(bytes.length)
  for (let at = 0; at < digest.length; at++) digest[at] = bytes.charCodeAt(at)
  return digest
}

/** Compares two secrets in a time that tells nothing of either, their lengths included. */
export function sameText(a: string, b: string): boolean {
  return timingSafeEqual(textDigest(a), textDigest(b))
}
