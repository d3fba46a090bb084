/** Wrong passwords that are borne before the next has to wait: first at once, then one in so many milliseconds. */
const BURST = 5
const REFILL_MS = 30_000
/** From one address, whoever it claims to be. */
const ADDRESS_BURST = 30
const ADDRESS_REFILL_MS = 2_000
const MAX_KEPT = 50_000

export interface LoginLimits {
  /** Milliseconds until that person, from that address, may try again; 0 when now. */
  waitMs(attempt: Attempt, nowMs: number): number
  failed(attempt: Attempt, nowMs: number): void
  succeeded(attempt: Attempt): void
}

export interface Attempt {
  readonly userId: string
  readonly address: string
}

/** Bounds how fast passwords can be guessed, per person and per address. Kept in memory: a restart forgives. */
export function createLoginLimits(): LoginLimits {
  const persons = createBuckets(BURST, REFILL_MS)
  const addresses = createBuckets(ADDRESS_BURST, ADDRESS_REFILL_MS)
  return {
    waitMs: ({ userId, address }, nowMs) =>
      Math.max(persons.waitMs(userId, nowMs), addresses.waitMs(address, nowMs)),
    failed({ userId, address }, nowMs) {
      persons.take(userId, nowMs)
      addresses.take(address, nowMs)
    },
    succeeded: ({ userId }) => persons.forget(userId),
  }
}

function createBuckets(burst: number, refillMs: number) {
  const buckets = new Map<string, { tokens: number; atMs: number }>()
  const filled = (key: string, nowMs: number): number => {
    const kept = buckets.get(key)
    if (kept === undefined) return burst
    return Math.min(burst, kept.tokens + Math.max(0, nowMs - kept.atMs) / refillMs)
  }
  return {
    waitMs(key: string, nowMs: number): number {
      const tokens = filled(key, nowMs)
      return tokens >= 1 ? 0 : Math.ceil((1 - tokens) * refillMs)
    },
    take(key: string, nowMs: number): void {
      const tokens = Math.max(0, filled(key, nowMs) - 1)
      buckets.delete(key)
      buckets.set(key, { tokens, atMs: nowMs })
      // The oldest are full again first.
      for (const oldest of buckets.keys()) {
        if (buckets.size <= MAX_KEPT) break
        buckets.delete(oldest)
      }
    },
    forget: (key: string) => void buckets.delete(key),
  }
}
