import { ApiError } from '../http/api-error.ts'
import type { TokenBucket } from './token-bucket.ts'
import { createTokenBucket } from './token-bucket.ts'

const BURST_SECONDS = 2
const MAX_KEYS = 100_000

/** Events per second and key. */
export interface KeyRates {
  /** Throws 429 while the key has used up its rate. */
  check(callerId: string, nowMs: number): void
  count(callerId: string, events: number, nowMs: number): void
}

/** `eventsPerSecond` 0 is no limit. */
export function createKeyRates(eventsPerSecond: number): KeyRates {
  const buckets = new Map<string, TokenBucket>()
  function bucketOf(id: string): TokenBucket {
    let bucket = buckets.get(id)
    if (bucket === undefined) {
      const oldest = buckets.keys().next()
      if (buckets.size >= MAX_KEYS && oldest.done !== true) buckets.delete(oldest.value)
      bucket = createTokenBucket({ perSecond: eventsPerSecond, burst: eventsPerSecond * BURST_SECONDS })
      buckets.set(id, bucket)
    }
    return bucket
  }
  return {
    check(callerId, nowMs) {
      const waitMs = eventsPerSecond === 0 ? 0 : bucketOf(callerId).waitMs(nowMs)
      if (waitMs === 0) return
      throw new ApiError(
        429,
        'rate_limited',
        `more than ${eventsPerSecond} events per second for ${callerId}`,
        {
          retryAfterSeconds: Math.ceil(waitMs / 1_000),
        },
      )
    },
    count(callerId, events, nowMs) {
      if (eventsPerSecond > 0) bucketOf(callerId).take(events, nowMs)
    },
  }
}
