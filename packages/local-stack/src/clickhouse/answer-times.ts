const KEPT = 5
/** On two full cores, as one that gives way, an engine answers in 110 ms, and in 360 at the most; one without a core in 700, every third time in more than a second. */
const STARVED_MS = 500

/** Tells an engine that is busy from one that gets no core: by the middle one of its last five answers to the same small question. */
export class AnswerTimes {
  #last: number[] = []

  /** Whether it is starved, by this answer and those before; asked again only after as many further ones. */
  isStarvedBy(answerMs: number): boolean {
    this.#last.push(answerMs)
    if (this.#last.length < KEPT) return false
    const middle = this.#last.toSorted((a, b) => a - b)[Math.floor(KEPT / 2)] ?? 0
    const isStarved = middle > STARVED_MS
    this.#last = isStarved ? [] : this.#last.slice(1)
    return isStarved
  }
}
