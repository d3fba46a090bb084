import type { BurnChangeKind } from '@meterline/domain'

export type ScopeChangeKind = Exclude<BurnChangeKind, 'clock' | 'policy' | 'lease'>

/** One value of a scope that may differ from the changelog: whether it is there or gone is looked up when it is written. */
export interface Mark {
  readonly kind: ScopeChangeKind
  readonly pane: number
  readonly name: string
}

/** What changed in a scope since the last commit, each value once. */
export class ChangeMarks {
  readonly #onFirst: () => void
  #minutes: number[] = []
  #others: Map<string, Mark> | undefined

  /** `onFirst` is called by the first mark after each `take`. */
  constructor(onFirst: () => void) {
    this.#onFirst = onFirst
  }

  /** The one mark that every delta makes, hence without an allocation. */
  markMinute(minute: number): void {
    if (this.isEmpty) this.#onFirst()
    if (!this.#minutes.includes(minute)) this.#minutes.push(minute)
  }

  mark(kind: ScopeChangeKind, pane: number, name = ''): void {
    if (kind === 'minute') {
      this.markMinute(pane)
      return
    }
    if (this.isEmpty) this.#onFirst()
    this.#others ??= new Map()
    this.#others.set(`${kind}|${pane}|${name}`, { kind, pane, name })
  }

  get isEmpty(): boolean {
    return this.#minutes.length === 0 && this.#others === undefined
  }

  /** The marked minutes since the last call. */
  takeMinutes(): number[] {
    const minutes = this.#minutes
    this.#minutes = []
    return minutes
  }

  /** All marks since the last call. */
  take(): Mark[] {
    const marks: Mark[] = this.#minutes.map((pane) => ({ kind: 'minute', pane, name: '' }))
    if (this.#others !== undefined) marks.push(...this.#others.values())
    this.#minutes.length = 0
    this.#others = undefined
    return marks
  }
}
