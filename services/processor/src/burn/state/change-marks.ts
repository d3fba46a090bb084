import type { BurnChangeKind } from '@meterline/domain'

export type ScopeChangeKind = Exclude<BurnChangeKind, 'clock' | 'policy' | 'lease'>

/** One value of a scope, apart from its detectors, that may differ from the changelog: whether it is there or gone is looked up when it is written. */
export interface Mark {
  readonly kind: ScopeChangeKind
  readonly pane: number
  readonly name: string
}

const NONE: readonly Mark[] = []

/** What changed in a scope since the last commit, each value once. */
export class ChangeMarks<Owner> {
  readonly #owner: Owner
  readonly #onFirst: (owner: Owner) => void
  #minute: number | undefined
  /** Further ones: late spend, and the turn of a minute within a batch. */
  #moreMinutes: number[] | undefined
  #hasDetectors = false
  #others: Map<string, Mark> | undefined

  /** `onFirst` is called by the first mark after each `take`. */
  constructor(owner: Owner, onFirst: (owner: Owner) => void) {
    this.#owner = owner
    this.#onFirst = onFirst
  }

  /** The one mark that every delta makes, hence without an allocation. */
  markMinute(minute: number): void {
    if (this.isEmpty) this.#onFirst(this.#owner)
    if (this.#minute === undefined) this.#minute = minute
    else if (this.#minute !== minute && this.#moreMinutes?.includes(minute) !== true) {
      this.#moreMinutes ??= []
      this.#moreMinutes.push(minute)
    }
  }

  mark(kind: ScopeChangeKind, pane: number, name = ''): void {
    if (kind === 'minute') {
      this.markMinute(pane)
      return
    }
    if (this.isEmpty) this.#onFirst(this.#owner)
    this.#others ??= new Map()
    this.#others.set(`${kind}|${pane}|${name}`, { kind, pane, name })
  }

  /** A pane was observed: which of it is to be written is known to the detectors. */
  markDetectors(): void {
    if (this.isEmpty) this.#onFirst(this.#owner)
    this.#hasDetectors = true
  }

  get isEmpty(): boolean {
    return this.#minute === undefined && !this.#hasDetectors && this.#others === undefined
  }

  /** Calls with each minute that was marked since the last call. */
  takeMinutes(take: (minute: number) => void): void {
    const minute = this.#minute
    const more = this.#moreMinutes
    this.#minute = undefined
    this.#moreMinutes = undefined
    if (minute !== undefined) take(minute)
    if (more !== undefined) for (const each of more) take(each)
  }

  /** Whether `markDetectors` was called since the last call. */
  takeDetectors(): boolean {
    const hasDetectors = this.#hasDetectors
    this.#hasDetectors = false
    return hasDetectors
  }

  /** All other marks since the last call. */
  takeOthers(): Iterable<Mark> {
    const others = this.#others
    this.#others = undefined
    return others === undefined ? NONE : others.values()
  }
}
