import { ApiError } from '@meterline/http'

const DAY_MS = 86_400_000
const DEFAULT_DAYS = 30
const MAX_DAYS = 93
/** Rules learn from what was before. */
const LEARN_DAYS = 35

/** What time a backtest is about, and from when on usage is read. */
export interface TriedSpan {
  readonly learnFromMs: number
  readonly fromMs: number
  readonly toMs: number
}

/** The last 30 days where nothing is said; never ahead of the clock. Throws `ApiError` 400 for a span that is none, or too long. */
export function triedSpan(
  { from, to }: { readonly from?: number | undefined; readonly to?: number | undefined },
  nowMs: number,
): TriedSpan {
  const toMs = Math.min(to ?? nowMs, nowMs)
  const fromMs = from ?? toMs - DEFAULT_DAYS * DAY_MS
  if (fromMs >= toMs) throw wrongFrom('must be before to, and before now')
  if (toMs - fromMs > MAX_DAYS * DAY_MS) throw wrongFrom(`must be at most ${MAX_DAYS} days before to`)
  return { learnFromMs: fromMs - LEARN_DAYS * DAY_MS, fromMs, toMs }
}

function wrongFrom(what: string): ApiError {
  return new ApiError(400, 'invalid_field', `from ${what}`, { field: 'from' })
}
