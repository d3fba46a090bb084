/** One past the last offset of each partition, by partition. */
export type Offsets = ReadonlyMap<number, number>

/**
 * Up to where of spend.delta the usage behind it is metered.
 *
 * The proof is in the order of three looks: first at the ends of spend.delta, then at those of usage.events, then, again and again,
 * at meter's positions. Usage that somebody knew of when he wrote to spend.delta before the first look stood in usage.events at the
 * second. When meter's positions have reached those ends, its deltas are written: they are part of the transactions that committed
 * the positions. So they stand before whatever is written to spend.delta from then on.
 */
export class MeteredMarks {
  #pending: { readonly spendEnds: Offsets; readonly usageEnds: Offsets } | undefined
  #metered: Offsets = new Map()

  get isPending(): boolean {
    return this.#pending !== undefined
  }

  /** `spendEnds` were read before `usageEnds`. */
  begin(spendEnds: Offsets, usageEnds: Offsets): void {
    this.#pending = { spendEnds, usageEnds }
  }

  /** The partitions of usage.events that meter has yet to work off, with the end that it has to reach. */
  behind(positions: Offsets): ReadonlyMap<number, number> {
    const ends = [...(this.#pending?.usageEnds ?? [])]
    return new Map(ends.filter(([partition, end]) => (positions.get(partition) ?? 0) < end))
  }

  /** Meter has reached the ends. */
  reached(): void {
    if (this.#pending === undefined) return
    this.#metered = new Map([...this.#metered, ...this.#pending.spendEnds])
    this.#pending = undefined
  }

  /** What a tick in that partition may say from now on. */
  meteredOffset(partition: number): number | undefined {
    return this.#metered.get(partition)
  }

  forget(): void {
    this.#pending = undefined
  }
}
