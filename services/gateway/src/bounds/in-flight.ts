import { ApiError } from '../http/api-error.ts'

/** Bytes of requests that are being worked on. */
export interface InFlight {
  /** Throws 429 when they would not fit; otherwise answers how to give them back (once; again does nothing). */
  enter(bytes: number): () => void
  bytes(): number
}

export function createInFlight(maxBytes: number): InFlight {
  let current = 0
  return {
    bytes: () => current,
    enter(bytes) {
      if (current + bytes > maxBytes) {
        throw new ApiError(429, 'too_many_bytes_in_flight', 'more requests are under way than fit', {
          retryAfterSeconds: 1,
        })
      }
      current += bytes
      let left = false
      return () => {
        if (!left) current -= bytes
        left = true
      }
    },
  }
}
