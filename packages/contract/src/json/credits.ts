const MICRO_PER_CREDIT = 1_000_000

/**
 * Micro-credits of a JSON number of credits, exactly; `undefined` when it has more than six decimals, is negative or too large.
 * A decimal of at most 15 digits survives the double that JSON makes of it: the nearest micro-credit is the one that was written.
 */
export function microCredits(value: unknown): number | undefined {
  if (typeof value !== 'number' || !(value >= 0)) return undefined
  const micro = Math.round(value * MICRO_PER_CREDIT)
  return Number.isSafeInteger(micro) && micro / MICRO_PER_CREDIT === value ? micro : undefined
}
