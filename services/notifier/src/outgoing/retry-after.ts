const MAX_RETRY_AFTER_MS = 24 * 3_600_000

/** The pause that a `Retry-After` header asks for (seconds or an HTTP date), at most a day; `undefined` where it says nothing. */
export function retryAfterMs(header: string | string[] | undefined, nowMs: number): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim()
  if (text === undefined || text === '') return undefined
  const pauseMs = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs
  if (!Number.isFinite(pauseMs)) return undefined
  return Math.min(Math.max(0, Math.round(pauseMs)), MAX_RETRY_AFTER_MS)
}
