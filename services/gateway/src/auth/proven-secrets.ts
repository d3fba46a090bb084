import { secretMatches } from '@meterline/contract'
import type { KeptSecret } from '@meterline/domain'
import { timingSafeEqual } from 'node:crypto'

/**
 * Digests of secrets that have matched, by what the organization keeps of them: a changed key is another object there, and has to be
 * proven anew. A secret has 256 random bits, so its digest tells no more than the salted hash does.
 */
const provenDigests = new WeakMap<KeptSecret, Uint8Array>()

/** As `secretMatches`, at the cost of one comparison once the secret was shown. `digest` is SHA-256 of the secret. */
export function provesSecret(secret: string, digest: Uint8Array, kept: KeptSecret): boolean {
  const proven = provenDigests.get(kept)
  if (proven !== undefined) return timingSafeEqual(proven, digest)
  if (!secretMatches(secret, kept)) return false
  provenDigests.set(kept, digest)
  return true
}
