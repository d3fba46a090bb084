export interface MemberClaim {
  readonly memberId: string
  /** The partitions it works on now; may be stale, or claimed by two after a freeze. */
  readonly owned: readonly number[]
}

/**
 * Spreads partitions evenly (counts differ by one at most) and leaves with each member what it has, as far as that is even: a
 * partition that stays keeps its state in memory. Depends on its input only, whichever member computes it.
 */
export function assignSticky(
  partitions: readonly number[],
  members: readonly MemberClaim[],
): Map<string, number[]> {
  const free = new Set(partitions)
  const shares = members
    .toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))
    .map((member) => ({ ...member, got: [] as number[] }))
  if (shares.length === 0) return new Map()
  const quota = Math.floor(partitions.length / shares.length)
  let extras = partitions.length % shares.length
  for (const share of shares.toSorted((a, b) => b.owned.length - a.owned.length)) {
    for (const partition of share.owned) {
      if (!free.has(partition)) continue
      if (share.got.length > quota || (share.got.length === quota && extras === 0)) break
      if (share.got.length === quota) extras--
      share.got.push(partition)
      free.delete(partition)
    }
  }
  for (const partition of [...free].toSorted((a, b) => a - b)) {
    shares.reduce((least, share) => (share.got.length < least.got.length ? share : least)).got.push(partition)
  }
  return new Map(shares.map((share) => [share.memberId, share.got.toSorted((a, b) => a - b)]))
}
