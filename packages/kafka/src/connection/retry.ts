import { setTimeout as sleep } from 'node:timers/promises'
import { isTransient, KafkaError, toKafkaError } from '../errors.ts'

export interface RetryLimits {
  /** What is being done, for the error: "read offsets of usage.events". */
  readonly doing: string
  /** Wall-clock milliseconds after which the last error is thrown. */
  readonly deadlineMs: number
  readonly signal?: AbortSignal | undefined
  /** Called before each further attempt: refresh what may be stale. Its errors count as one more failed attempt. */
  readonly beforeRetry?: (error: unknown) => Promise<void>
  readonly firstPauseMs?: number
  /** Which errors are worth another attempt; the transient ones when left out. */
  readonly mayRetry?: (error: unknown) => boolean
}

/** Runs `attempt` until it succeeds, fails for good, or the deadline passes. For requests that are safe to send twice. */
export async function retryTransient<T>(attempt: () => Promise<T>, limits: RetryLimits): Promise<T> {
  const { mayRetry = isTransient } = limits
  let pauseMs = limits.firstPauseMs ?? FIRST_PAUSE_MS
  let failed: unknown
  for (;;) {
    limits.signal?.throwIfAborted()
    try {
      if (failed !== undefined) await limits.beforeRetry?.(failed)
      return await attempt()
    } catch (error) {
      failed = error
      if (!mayRetry(error)) throw toKafkaError(error, limits.doing)
      if (Date.now() + pauseMs > limits.deadlineMs) {
        throw new KafkaError('unavailable', `${limits.doing} did not succeed in time`, { cause: error })
      }
      await sleep(pauseMs)
      pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)
    }
  }
}

const FIRST_PAUSE_MS = 10
const MAX_PAUSE_MS = 200
