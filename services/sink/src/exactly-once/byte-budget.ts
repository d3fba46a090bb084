/** What all partitions of the process may hold together. Who holds nothing may always take one batch, so none can starve. */
export class ByteBudget {
  readonly #maxBytes: number
  readonly #held = new Map<object | string, number>()
  #total = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** What `holder` holds now. */
  set(holder: object | string, bytes: number): void {
    this.#total += bytes - (this.#held.get(holder) ?? 0)
    if (bytes === 0) this.#held.delete(holder)
    else this.#held.set(holder, bytes)
  }

  isSpent(): boolean {
    return this.#total >= this.#maxBytes
  }

  heldBytes(): number {
    return this.#total
  }
}
