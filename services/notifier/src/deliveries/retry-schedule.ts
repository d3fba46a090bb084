import { createHash } from 'node:crypto'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** Pauses before the first, second, … attempt: ten in all over three days (Standard Webhooks). */
export const RETRY_DELAYS_MS: readonly number[] = [
  0,
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
]

/** A pause is longer by up to this share, so that what failed together does not come back together. */
const JITTER = 0.1

/**
 * When the next attempt is due after `made` of them; `undefined` when there is none left. The jitter follows from the id, so the
 * same delivery has the same schedule wherever it is computed.
 */
export function nextAttemptMs(
  made: number,
  at: { readonly id: string; readonly nowMs: number; readonly delaysMs: readonly number[] },
): number | undefined {
  const delayMs = at.delaysMs[made]
  if (delayMs === undefined) return undefined
  return at.nowMs + Math.round(delayMs * (1 + JITTER * shareOf(`${at.id} ${made}`)))
}

/** A number in [0, 1) that follows from the text. */
function shareOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32
}
