import { sumWeight } from './sum-weight.ts'

/** How one level of panes is kept: a pane is known by its integer index, time divided by the level's pane length. */
export interface PaneLevel {
  /** Panes that are kept, counted back from the newest; the older ones are evicted. */
  readonly retentionPanes: number
  /** Lengths of the rolling windows over these panes, each at most `retentionPanes`. */
  readonly windowPanes: readonly number[]
}

/** One pane as it leaves the ring or is read from it. */
export type PaneVisitor = (index: number, creditsMicro: number, requests: number) => void

/** Where no index is, and after all of them: integers of 32 bits, which stand in the ring itself, as infinity would not. */
const BEFORE_ALL = -(2 ** 30)
const AFTER_ALL = 2 ** 31 - 1
const COLUMNS = 3
const CREDITS = 1
const REQUESTS = 2

/**
 * Rolling sums over panes of one length. Only panes with traffic take room: 12 bytes each, 24 from the first value on that does not
 * fit into 32 bits. So a quiet scope costs a few hundred bytes; adding, evicting and reading a sum cost the same for all.
 *
 * The panes stand in ascending order in one array; each window is a sum and the position of its oldest pane. Invariant, held by
 * the property test: `sums[w]` = Σ panes with `now − windowPanes[w] < index ≤ now`. All values are integers, so sums are exact.
 */
export class PaneRing {
  readonly #level: PaneLevel
  #cells: Int32Array | Float64Array = new Int32Array(FIRST_PANES * COLUMNS)
  #head = 0
  #length = 0
  #now = BEFORE_ALL
  /** Per window its credits, then per window the position of its oldest pane, counted from the head: side by side, since each is read with the other. */
  readonly #sums: number[]
  readonly #windows: number
  /** Of the longest window. */
  #requests = 0
  /** Until then no window loses a pane, and none is evicted: what most calls of `advance` come to. */
  #nextLoss = AFTER_ALL

  constructor(level: PaneLevel) {
    this.#level = level
    this.#windows = level.windowPanes.length
    this.#sums = Array.from({ length: 2 * this.#windows }, () => 0)
  }

  get retentionPanes(): number {
    return this.#level.retentionPanes
  }

  get length(): number {
    return this.#length
  }

  /** Bytes held by the panes, for the bound that the bench prints. */
  get bytes(): number {
    return this.#cells.byteLength
  }

  creditsMicro(window: number): number {
    return this.#sums[window] ?? 0
  }

  /** Requests of the longest window. */
  get requests(): number {
    return this.#requests
  }

  /** What all panes would weigh if that were added to the one of `index` (`sumWeight`). Costs the number of panes. */
  weightWith(index: number, creditsMicro: number): number {
    const here = this.valueAt(index)
    let weight = this.keeps(index) ? sumWeight(here + creditsMicro) - sumWeight(here) : 0
    for (let at = 0; at < this.#length; at++) {
      weight += sumWeight(this.#cells[(this.#head + at) * COLUMNS + CREDITS] ?? 0)
    }
    return weight
  }

  /** Adds to the pane where it belongs, late or not. False, and nothing is changed, when the pane is no longer kept. */
  add(index: number, creditsMicro: number, requests: number): boolean {
    if (index > this.#now) this.advance(index)
    if (index <= this.#now - this.#level.retentionPanes) return false
    const position = this.#positionOf(index)
    if (position < this.#length && this.#index(position) === index) {
      const cell = (this.#head + position) * COLUMNS
      const credits = safe((this.#cells[cell + CREDITS] ?? 0) + creditsMicro)
      const counted = (this.#cells[cell + REQUESTS] ?? 0) + requests
      this.#fit(credits, counted)
      this.#cells[cell + CREDITS] = credits
      this.#cells[cell + REQUESTS] = counted
    } else {
      this.#insert(position, index, creditsMicro, requests)
    }
    this.#count(index, creditsMicro, requests)
    return true
  }

  /** Makes the pane hold exactly this: for restoring. */
  set(index: number, creditsMicro: number, requests: number): void {
    const position = this.#positionOf(index)
    const known = position < this.#length && this.#index(position) === index
    const cell = (this.#head + position) * COLUMNS
    const credits = known ? (this.#cells[cell + CREDITS] ?? 0) : 0
    const counted = known ? (this.#cells[cell + REQUESTS] ?? 0) : 0
    this.add(index, creditsMicro - credits, requests - counted)
  }

  /** Moves the windows on to `now`; going back is ignored. Panes that fall out of the ring are told to `evicted`. */
  advance(now: number, evicted?: PaneVisitor): void {
    if (now <= this.#now) return
    this.#now = now
    if (now < this.#nextLoss) return
    const { windowPanes, retentionPanes } = this.#level
    for (let window = 0; window < windowPanes.length; window++) {
      this.#subtractUntil(window, now - (windowPanes[window] ?? 0))
    }
    let gone = 0
    while (gone < this.#length && this.#index(gone) <= now - retentionPanes) {
      const cell = (this.#head + gone) * COLUMNS
      evicted?.(this.#index(gone), this.#cells[cell + CREDITS] ?? 0, this.#cells[cell + REQUESTS] ?? 0)
      gone++
    }
    if (gone > 0) this.#drop(gone)
    this.#foreseeLoss()
  }

  /** Whether the pane is young enough to be kept. */
  keeps(index: number): boolean {
    return index > this.#now - this.#level.retentionPanes
  }

  has(index: number): boolean {
    const position = this.#positionOf(index)
    return position < this.#length && this.#index(position) === index
  }

  /** Requests of one pane. */
  requestsAt(index: number): number {
    const position = this.#positionOf(index)
    if (position >= this.#length || this.#index(position) !== index) return 0
    return this.#cells[(this.#head + position) * COLUMNS + REQUESTS] ?? 0
  }

  /** Value of one pane; 0 when it is empty or no longer kept. */
  valueAt(index: number): number {
    const position = this.#positionOf(index)
    if (position >= this.#length || this.#index(position) !== index) return 0
    return this.#cells[(this.#head + position) * COLUMNS + CREDITS] ?? 0
  }

  /** Sum over `from ≤ index < to`. Costs the number of panes in between. */
  sumBetween(from: number, to: number): number {
    let sum = 0
    for (let at = this.#positionOf(from); at < this.#length && this.#index(at) < to; at++) {
      sum += this.#cells[(this.#head + at) * COLUMNS + CREDITS] ?? 0
    }
    return safe(sum)
  }

  /** Appends index, credits and requests of each pane in `from ≤ index < to`. */
  appendBetween(from: number, to: number, into: number[]): void {
    for (let at = this.#positionOf(from); at < this.#length && this.#index(at) < to; at++) {
      const cell = (this.#head + at) * COLUMNS
      into.push(this.#cells[cell] ?? 0, this.#cells[cell + CREDITS] ?? 0, this.#cells[cell + REQUESTS] ?? 0)
    }
  }

  forEachBetween(from: number, to: number, visit: PaneVisitor): void {
    for (let at = this.#positionOf(from); at < this.#length && this.#index(at) < to; at++) {
      const cell = (this.#head + at) * COLUMNS
      visit(this.#index(at), this.#cells[cell + CREDITS] ?? 0, this.#cells[cell + REQUESTS] ?? 0)
    }
  }

  /** Index of the oldest pane kept at or after `from`. */
  firstFrom(from: number): number | undefined {
    const position = this.#positionOf(from)
    return position < this.#length ? this.#index(position) : undefined
  }

  #oldestOf(window: number): number {
    return this.#sums[this.#windows + window] ?? 0
  }

  #index(position: number): number {
    return this.#cells[(this.#head + position) * COLUMNS] ?? 0
  }

  /** First position whose index is not below `index`: the newest pane is looked at first, late ones are searched for. */
  #positionOf(index: number): number {
    if (this.#length === 0) return 0
    const newest = this.#index(this.#length - 1)
    if (index > newest) return this.#length
    if (index === newest) return this.#length - 1
    let low = 0
    let high = this.#length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#index(middle) < index) low = middle + 1
      else high = middle
    }
    return low
  }

  #insert(position: number, index: number, creditsMicro: number, requests: number): void {
    this.#makeRoom()
    const at = (this.#head + position) * COLUMNS
    const end = (this.#head + this.#length) * COLUMNS
    this.#fit(index, creditsMicro)
    this.#fit(requests, 0)
    if (at < end) this.#cells.copyWithin(at + COLUMNS, at, end)
    this.#cells[at] = index
    this.#cells[at + CREDITS] = creditsMicro
    this.#cells[at + REQUESTS] = requests
    this.#length++
    const { windowPanes } = this.#level
    for (let window = 0; window < windowPanes.length; window++) {
      // A pane older than the window lies before its oldest one, which has just moved on by one.
      if (index <= this.#now - (windowPanes[window] ?? 0)) {
        this.#sums[this.#windows + window] = this.#oldestOf(window) + 1
      } else this.#nextLoss = Math.min(this.#nextLoss, index + (windowPanes[window] ?? 0))
    }
    this.#nextLoss = Math.min(this.#nextLoss, index + this.#level.retentionPanes)
  }

  #count(index: number, creditsMicro: number, requests: number): void {
    const { windowPanes } = this.#level
    for (let window = 0; window < windowPanes.length; window++) {
      if (index <= this.#now - (windowPanes[window] ?? 0)) continue
      this.#sums[window] = safe((this.#sums[window] ?? 0) + creditsMicro)
      if (window === windowPanes.length - 1) this.#requests += requests
    }
  }

  #subtractUntil(window: number, lastOutside: number): void {
    let oldest = this.#oldestOf(window)
    if (oldest >= this.#length || this.#index(oldest) > lastOutside) return
    let credits = this.#sums[window] ?? 0
    let requests = 0
    while (oldest < this.#length && this.#index(oldest) <= lastOutside) {
      const cell = (this.#head + oldest) * COLUMNS
      credits -= this.#cells[cell + CREDITS] ?? 0
      requests += this.#cells[cell + REQUESTS] ?? 0
      oldest++
    }
    this.#sums[this.#windows + window] = oldest
    this.#sums[window] = safe(credits)
    if (window === this.#level.windowPanes.length - 1) this.#requests -= requests
  }

  #drop(panes: number): void {
    this.#head += panes
    this.#length -= panes
    for (let window = 0; window < this.#windows; window++) {
      this.#sums[this.#windows + window] = Math.max(0, this.#oldestOf(window) - panes)
    }
    if (this.#length === 0) this.#head = 0
  }

  /** When a window loses its oldest pane, or the ring its own, unless panes are added before. */
  #foreseeLoss(): void {
    const { windowPanes, retentionPanes } = this.#level
    let next = this.#length === 0 ? AFTER_ALL : this.#index(0) + retentionPanes
    for (let window = 0; window < windowPanes.length; window++) {
      const oldest = this.#oldestOf(window)
      if (oldest < this.#length) next = Math.min(next, this.#index(oldest) + (windowPanes[window] ?? 0))
    }
    this.#nextLoss = next
  }

  /** Slides the panes to the front when a fifth is free there, else doubles, up to the retention and that fifth. */
  #makeRoom(): void {
    const capacity = this.#cells.length / COLUMNS
    if (this.#head + this.#length < capacity) return
    const from = this.#head * COLUMNS
    const to = (this.#head + this.#length) * COLUMNS
    if (this.#head * 5 >= capacity) {
      this.#cells.copyWithin(0, from, to)
      this.#head = 0
    } else {
      const limit = Math.ceil(this.#level.retentionPanes * 1.25) + 1
      const length = Math.min(limit, capacity * 2) * COLUMNS
      const larger = this.#cells instanceof Int32Array ? new Int32Array(length) : new Float64Array(length)
      larger.set(this.#cells)
      this.#cells = larger
    }
  }

  /** Widens the panes to doubles before a value that 32 bits do not hold: a minute of 2,147 credits, for one. */
  #fit(one: number, other: number): void {
    if ((one | 0) === one && (other | 0) === other) return
    if (this.#cells instanceof Int32Array) this.#cells = new Float64Array(this.#cells)
  }
}

const FIRST_PANES = 2

function safe(micro: number): number {
  if (!Number.isSafeInteger(micro)) throw new RangeError(`${micro} micro-credits are out of range`)
  return micro
}
