/**
 * Splits an integer by weights, exactly: everybody gets the whole part of the share, and what is left over goes one by one to the
 * largest remainders, the first of equal ones first. Weights are non-negative safe integers; the parts sum to the amount. With no
 * weight at all, everybody weighs the same.
 */
export function splitByWeights(amount: number, weights: readonly number[]): number[] {
  if (weights.length === 0) return []
  const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n)
  if (total === 0n) {
    return splitByWeights(
      amount,
      weights.map(() => 1),
    )
  }
  const shares = weights.map((weight, index) => {
    const product = BigInt(amount) * BigInt(weight)
    return { index, part: Number(product / total), remainder: product % total }
  })
  const parts = shares.map(({ part }) => part)
  const left = amount - parts.reduce((sum, part) => sum + part, 0)
  const byRemainder = [...shares].sort((a, b) =>
    a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1,
  )
  for (const { index } of byRemainder.slice(0, left)) parts[index] = (parts[index] ?? 0) + 1
  return parts
}
