import { ApiError } from '@meterline/http'

const RETRY_AFTER_SECONDS = 1

/** Lets a few through at once, lets a few wait, and turns the rest away with 429. */
export function createGate(bounds: { readonly maxAtOnce: number; readonly maxWaiting: number }) {
  const waiting: (() => void)[] = []
  let running = 0

  return async function pass<T>(act: () => Promise<T>): Promise<T> {
    if (running >= bounds.maxAtOnce) {
      if (waiting.length >= bounds.maxWaiting) {
        const retry = { retryAfterSeconds: RETRY_AFTER_SECONDS }
        throw new ApiError(429, 'too_many_sign_ins', 'too many sign-ins at once', retry)
      }
      await new Promise<void>((resolve) => void waiting.push(resolve))
    } else running += 1
    try {
      return await act()
    } finally {
      // Whoever waits takes over the place.
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
