import { Bell } from './bell.ts'
import type { ByteBudget } from './byte-budget.ts'
import { eventMonth } from './event-month.ts'
import { contentBytes, heldBytes } from './held-bytes.ts'
import { rangeOf } from './range.ts'
import type { Range } from './range.ts'
import type { Admission } from './source.ts'
import { isRow } from './source.ts'

export interface RangeBounds {
  readonly maxRows: number
  readonly maxBytes: number
  /** Distinct months of one insert: ClickHouse refuses more than a hundred, for ever. */
  readonly maxMonths: number
  /** A range is closed at this age, however small; where small inserts take long, at up to three times of it. */
  readonly maxAgeMs: number
}

/**
 * An insert costs the server tens of milliseconds however few rows it has, and the merges after it as much again. Where a small one takes
 * long, cores are short: then rows wait for ten times as long as it took, three times their age at the most. A range of many rows takes
 * long by itself, and is as cheap as ranges get.
 */
const PACE = { insertShare: 0.1, mostAges: 3, smallRows: 8_192 } as const

/** Gathers the next range while the last one is being stored. Bounded: `room` is awaited before each `add`. */
export class RowQueue {
  /** Rings at each `add`, and when a range was taken. */
  readonly changed = new Bell()
  readonly #bounds: RangeBounds
  readonly #budget: ByteBudget
  readonly #nowMs: () => number
  #waiting: Admission[] = []
  /** What each of them costs; beside them, since to look at each again is what costs. */
  #costs: number[] = []
  #bytes = 0
  #heldBytes = 0
  #from: number
  #nextOffset: number
  #oldestMs = 0
  #dueAgeMs: number
  /** When the last range was taken memory was short: it was small for that, and much waits behind it. */
  #wasShort = false

  constructor(options: {
    readonly bounds: RangeBounds
    readonly budget: ByteBudget
    readonly from: number
    readonly nowMs: () => number
  }) {
    this.#bounds = options.bounds
    this.#budget = options.budget
    this.#nowMs = options.nowMs
    this.#from = options.from
    this.#nextOffset = options.from
    this.#dueAgeMs = options.bounds.maxAgeMs
  }

  /** How long the last range took to be stored: after a small one the next waits the longer, unless memory was short. */
  paceBy({ tookMs, rows }: { readonly tookMs: number; readonly rows: number }): void {
    const { maxAgeMs } = this.#bounds
    const isBehind = rows > PACE.smallRows || this.#wasShort || this.#budget.isSpent()
    const pacedMs = isBehind ? 0 : Math.min(tookMs / PACE.insertShare, maxAgeMs * PACE.mostAges)
    this.#dueAgeMs = Math.max(maxAgeMs, pacedMs)
  }

  add(admissions: readonly Admission[], nextOffset: number): void {
    if (this.#waiting.length === 0) this.#oldestMs = this.#nowMs()
    for (const admission of admissions) {
      this.#waiting.push(admission)
      this.#bytes += contentBytes(admission)
      const cost = heldBytes(admission)
      this.#costs.push(cost)
      this.#heldBytes += cost
    }
    this.#budget.set('gathered', this, this.#heldBytes)
    this.#nextOffset = nextOffset
    this.changed.ring()
  }

  get length(): number {
    return this.#waiting.length
  }

  /** No more is to be added: a whole range waits, or the process holds as much as it may and this queue holds some of it. */
  isFull(): boolean {
    return this.#isLarge() || (this.#waiting.length > 0 && this.#budget.isSpent())
  }

  /** The next range if it is due: large enough, old enough, or wanted because memory is short. */
  takeDue(): Range | undefined {
    return this.msUntilDue() === 0 ? this.#take() : undefined
  }

  /** 0 when a range is due, `undefined` when nothing waits. */
  msUntilDue(): number | undefined {
    if (this.#waiting.length === 0) return undefined
    if (this.#isLarge() || this.#budget.mustStore(this)) return 0
    return Math.max(0, this.#oldestMs + this.#dueAgeMs - this.#nowMs())
  }

  clear(): void {
    this.#waiting = []
    this.#costs = []
    this.#bytes = this.#heldBytes = 0
    this.#budget.set('gathered', this, 0)
    this.changed.ring()
  }

  #isLarge(): boolean {
    return this.#waiting.length >= this.#bounds.maxRows || this.#bytes >= this.#bounds.maxBytes
  }

  #take(): Range {
    this.#wasShort = this.#budget.isSpent()
    const { count, bytes } = measureRange(this.#waiting, this.#bounds)
    const last = this.#waiting[count - 1]
    const all = count === this.#waiting.length
    // When everything is taken, the range also covers the markers after its last record.
    const to = all || last === undefined ? this.#nextOffset - 1 : last.record.offset
    const taken = all ? this.#waiting : this.#waiting.slice(0, count)
    const costs = all ? this.#costs : this.#costs.slice(0, count)
    const cost = costs.reduce((sum, each) => sum + each, 0)
    this.#waiting = all ? [] : this.#waiting.slice(count)
    this.#costs = all ? [] : this.#costs.slice(count)
    const range = rangeOf({ from: this.#from, to }, taken, cost)
    this.#bytes -= bytes
    this.#heldBytes -= cost
    this.#budget.set('gathered', this, this.#heldBytes)
    this.#from = to + 1
    this.changed.ring()
    return range
  }
}

/** How many of the waiting records make the next range, with how much content: at least one, and as many as the bounds allow. */
function measureRange(
  waiting: readonly Admission[],
  bounds: RangeBounds,
): { readonly count: number; readonly bytes: number } {
  const months = new Set<number>()
  let bytes = 0
  let count = 0
  for (const admission of waiting) {
    const more = bytes + contentBytes(admission)
    if (isRow(admission)) months.add(eventMonth(admission.eventMs))
    if (count > 0 && (count >= bounds.maxRows || more > bounds.maxBytes || months.size > bounds.maxMonths))
      break
    bytes = more
    count += 1
  }
  return { count, bytes }
}
