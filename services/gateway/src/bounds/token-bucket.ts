/** Fills at a rate up to a burst. May go into debt: a whole batch passes when anything is left, the next one waits. */
export interface TokenBucket {
  /** Milliseconds until something may be taken; 0 when it may be now. */
  waitMs(nowMs: number): number
  take(amount: number, nowMs: number): void
}

export function createTokenBucket(options: {
  readonly perSecond: number
  readonly burst: number
}): TokenBucket {
  let tokens = options.burst
  let filledMs = Number.NEGATIVE_INFINITY

  function fill(nowMs: number): void {
    const passedMs = Math.max(0, nowMs - filledMs)
    if (passedMs > 0) tokens = Math.min(options.burst, tokens + (passedMs / 1_000) * options.perSecond)
    filledMs = Math.max(filledMs, nowMs)
  }
  return {
    waitMs(nowMs) {
      fill(nowMs)
      return tokens > 0 ? 0 : Math.ceil(((1 - tokens) / options.perSecond) * 1_000)
    },
    take(amount, nowMs) {
      fill(nowMs)
      tokens -= amount
    },
  }
}
