const SHARE_SCALE = 1_000_000_000_000

/** A share of an amount in whole micro-credits, rounded down: nobody gets a millionth that the rule does not give. Exact. */
export function shareOf(amountMicro: number, share: number): number {
  const scaled = BigInt(amountMicro) * BigInt(Math.round(share * SHARE_SCALE))
  return Number(scaled / BigInt(SHARE_SCALE))
}
