import type { PartitionLease } from '@meterline/kafka'

import type { ByteBudget } from './byte-budget.ts'
import { InsertLease } from './insert-lease.ts'
import { encodeIntent } from './intent.ts'
import type { LoadEvents, LoadStep } from './load-events.ts'
import { learnClock, loadRange } from './load-range.ts'
import type { Knowledge, LoadContext } from './load-range.ts'
import { intentOf, splitRange } from './range.ts'
import type { Range } from './range.ts'
import { rejectedOutput } from './rejected-output.ts'
import type { RejectedTopic } from './rejected-output.ts'
import { SinkHalt } from './sink-halt.ts'
import type { Source } from './source.ts'
import type { Store } from './store.ts'

export interface RunnerOptions {
  readonly source: Source
  readonly store: Store
  readonly events: LoadEvents
  /** What is being stored counts in it until it is stored. */
  readonly budget: ByteBudget
  /** How long an insert may take until its block is complete, unless that turns out to be too short; a take-over waits as long. */
  readonly leaseMs: number
  readonly maxBackoffMs: number
  readonly rejectedTopic: RejectedTopic
  /** For fault tests: may throw, or never return. */
  readonly onStep?: (step: LoadStep) => Promise<void> | void
}

/** A range whose intent is committed, and what is known of its rows. */
export interface Pending {
  readonly range: Range
  readonly knowledge: Knowledge
  readonly deadlineMs: number
}

/** More than this many lone refusals in a row are no bad records but a bad table. */
const MAX_UNSTORABLE_IN_A_ROW = 100

/** Carries ranges of one held partition through the three steps of the protocol (docs/decisions/0020). */
export class RangeRunner {
  readonly #options: RunnerOptions
  readonly #lease: PartitionLease
  readonly #context: LoadContext
  readonly #insertLease: InsertLease
  /** What the server's clock shows when ours shows 0: one that nobody can set. */
  #serverClockStartMs = 0
  #knowsClock = false
  #unstorableInARow = 0
  #pending: readonly Pending[] = []

  constructor(options: RunnerOptions, lease: PartitionLease) {
    this.#options = options
    this.#lease = lease
    const { source, store, events, leaseMs, maxBackoffMs } = options
    this.#insertLease = new InsertLease(leaseMs)
    this.#context = {
      source,
      store,
      events,
      maxBackoffMs,
      insertLease: this.#insertLease,
      partition: lease.partition,
      signal: lease.signal,
      deadlineMs: () => this.#deadlineMs(),
      syncClock: async () => {
        this.#serverClockStartMs = (await store.nowMs()) - performance.now()
        this.#knowsClock = true
      },
      writeIntent: (range, deadlineMs) => this.#writeIntent(range, deadlineMs),
    }
  }

  /** Records taken and not yet behind the committed position. */
  get takenRecords(): number {
    return this.#pending.reduce((sum, { range }) => sum + range.rows.length + range.rejected.length, 0)
  }

  /** All three steps for this range, and for what `next` gives when it is done, until it gives nothing. */
  async load(range: Range, next: () => Range | undefined): Promise<void> {
    // Held from here on: the server may be away for long before it says what time it is.
    this.#hold([{ range, knowledge: 'absent', deadlineMs: 0 }])
    try {
      await this.run([await this.#begin(range)], next)
    } finally {
      this.#options.budget.set('storing', this, 0)
    }
  }

  /** Step 1: from here on, whoever takes over knows what may be in the table. */
  async #begin(range: Range): Promise<Pending> {
    await this.#ensureClock()
    const deadlineMs = this.#deadlineMs()
    if (range.rows.length > 0) {
      await this.#writeIntent(range, deadlineMs)
      await this.#options.onStep?.('intent-committed')
    }
    return { range, knowledge: 'absent', deadlineMs }
  }

  /** Steps 2 and 3 for each pending range, and for what `next` gives when they are done, until it gives nothing. */
  async run(begun: readonly Pending[], next: () => Range | undefined): Promise<void> {
    this.#hold(begun)
    try {
      await this.#ensureClock()
      for (;;) {
        const [current, ...rest] = this.#pending
        if (current === undefined) return
        const outcome = await loadRange(this.#context, current.range, current)
        if (outcome === 'content-refused' && current.range.rows.length > 1) {
          this.#hold([...(await this.#split(current.range)), ...rest])
          continue
        }
        await this.#options.onStep?.('block-stored')
        this.#hold(await this.#finish(this.#done(current.range, outcome), rest, next))
      }
    } finally {
      this.#options.budget.set('storing', this, 0)
    }
  }

  #hold(pending: readonly Pending[]): void {
    this.#pending = pending
    this.#count(pending.map(({ range }) => range))
  }

  #count(ranges: readonly Range[]): void {
    this.#options.budget.set(
      'storing',
      this,
      ranges.reduce((sum, { heldBytes }) => sum + heldBytes, 0),
    )
  }

  #done(range: Range, outcome: 'loaded' | 'content-refused'): Range {
    if (outcome === 'content-refused') return this.#rejectRow(range)
    this.#unstorableInARow = 0
    return range
  }

  /** Step 3, and step 1 of what comes next in the same transaction. */
  async #finish(done: Range, rest: readonly Pending[], next: () => Range | undefined): Promise<Pending[]> {
    const { source, events, rejectedTopic, onStep } = this.#options
    const fresh = rest.length === 0 ? next() : undefined
    if (fresh !== undefined) this.#count([done, fresh])
    const deadlineMs = this.#deadlineMs()
    const pending: Pending[] =
      fresh === undefined
        ? rest.map((half) => ({ ...half, deadlineMs }))
        : [{ range: fresh, knowledge: 'absent', deadlineMs }]
    const [first] = pending
    const later = pending.slice(1).map(({ range }) => range)
    const metadata =
      first === undefined || first.range.rows.length === 0
        ? ''
        : encodeIntent(intentOf(first.range, deadlineMs, later))
    const nextOffset = done.to + 1
    const outputs = rejectedOutput(this.#lease, done.rejected, rejectedTopic)
    await this.#lease.transact(outputs, { offset: nextOffset, metadata })
    const at = { table: source.table.name, partition: this.#lease.partition }
    if (done.rejected.length > 0) events.rejected({ ...at, records: done.rejected })
    events.committed({ ...at, nextOffset, rows: done.rows.length })
    await onStep?.('position-committed')
    return pending
  }

  /** The server will not take these rows together: half of them at a time, until the one that it means stands alone. */
  async #split(range: Range): Promise<Pending[]> {
    const { events, source } = this.#options
    const { from, to, rows } = range
    events.rangeSplit({
      table: source.table.name,
      partition: this.#lease.partition,
      from,
      to,
      rows: rows.length,
    })
    const halves = splitRange(range)
    const deadlineMs = this.#deadlineMs()
    // Months of the whole may have gone in before it was refused: the table is asked before anything is inserted, by whoever
    // takes over too, who therefore has to know of both halves.
    await this.#writeIntent(halves[0], deadlineMs, [halves[1], ...this.#laterRanges()])
    return halves.map((half) => ({ range: half, knowledge: 'answered', deadlineMs }))
  }

  #rejectRow(range: Range): Range {
    const { source } = this.#options
    this.#unstorableInARow += 1
    const [row] = range.rows
    if (
      row === undefined ||
      source.unstorable === 'halt' ||
      this.#unstorableInARow > MAX_UNSTORABLE_IN_A_ROW
    ) {
      const where = `${source.topic}/${this.#lease.partition} ${range.from}–${range.to}`
      throw new SinkHalt('unstorable', `ClickHouse refuses ${where} for its content`)
    }
    const error = 'ClickHouse refuses this record for its content'
    const refused = { record: row.record, rejection: { reason: 'unstorable', stage: 'sink', error } } as const
    const rejected = [...range.rejected, refused].sort((a, b) => a.record.offset - b.record.offset)
    return { ...range, rows: [], rejected }
  }

  async #writeIntent(range: Range, deadlineMs: number, later = this.#laterRanges()): Promise<void> {
    await this.#lease.transact([], {
      offset: range.from,
      metadata: encodeIntent(intentOf(range, deadlineMs, later)),
    })
  }

  #laterRanges(): Range[] {
    return this.#pending.slice(1).map(({ range }) => range)
  }

  /** A deadline by our own clock is judged all the same, but where that runs ahead, every doubt would wait as long. */
  async #ensureClock(): Promise<void> {
    if (!this.#knowsClock) await learnClock(this.#context)
  }

  #deadlineMs(): number {
    return Math.round(performance.now() + this.#serverClockStartMs + this.#insertLease.ms)
  }
}
