import { hash, timingSafeEqual } from 'node:crypto'

/** SHA-256 of a text as UTF-8: what two secrets are compared by, so that their lengths tell nothing either. */
export function textDigest(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}

/** Compares two secrets in a time that tells nothing of either, their lengths included. */
export function sameText(a: string, b: string): boolean {
  return timingSafeEqual(textDigest(a), textDigest(b))
}
