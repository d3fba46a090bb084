import { Bell } from './bell.ts'

/** Read and not gathered yet, gathered for the next range, in a range that is being stored. */
type Part = 'ahead' | 'gathered' | 'storing'

/** While memory is short, at least this share of it is what is being stored: that is what frees some. */
const STORING_SHARE = 0.5

/** What all partitions of the process may hold together. Who holds nothing may always take one batch, so none can starve. */
export class ByteBudget {
  /** Rings when memory has become short, or is no longer, and when less is being stored while it is: with little traffic never. */
  readonly shifted = new Bell()
  readonly #maxBytes: number
  readonly #held: Readonly<Record<Part, Map<object | string, number>>> = {
    ahead: new Map(),
    gathered: new Map(),
    storing: new Map(),
  }
  #total = 0
  #storing = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** What `holder` holds of that part now. */
  set(part: Part, holder: object | string, bytes: number): void {
    const wasSpent = this.isSpent()
    const held = this.#held[part]
    const more = bytes - (held.get(holder) ?? 0)
    this.#total += more
    if (part === 'storing') this.#storing += more
    if (bytes === 0) held.delete(holder)
    else held.set(holder, bytes)
    if (this.isSpent() !== wasSpent || (wasSpent && part === 'storing' && more < 0)) this.shifted.ring()
  }

  isSpent(): boolean {
    return this.#total >= this.#maxBytes
  }

  heldBytes(): number {
    return this.#total
  }

  /**
   * Memory is short, too little of it is being stored, and nobody has gathered more. One after the other, the largest first: were all to
   * store what they have, most would store next to nothing, and an insert costs the server as much for it as for ten thousand rows.
   */
  mustStore(holder: object): boolean {
    if (!this.isSpent() || this.#storing >= this.#maxBytes * STORING_SHARE) return false
    const { gathered } = this.#held
    const own = gathered.get(holder) ?? 0
    for (const bytes of gathered.values()) if (bytes > own) return false
    return own > 0
  }
}
