import type { PartitionHandler, PartitionLease } from '@meterline/kafka'
import type { LogRecord } from '@meterline/topology'

import { firstRing } from './bell.ts'
import type { ByteBudget } from './byte-budget.ts'
import { decodeIntent } from './intent.ts'
import { RangeRunner } from './range-runner.ts'
import type { Pending, RunnerOptions } from './range-runner.ts'
import { rereadRanges } from './reread-range.ts'
import { RowQueue } from './row-queue.ts'
import type { RangeBounds } from './row-queue.ts'
import { SinkHalt } from './sink-halt.ts'

export interface TableLoaderOptions extends RunnerOptions {
  readonly bounds: RangeBounds
  /** First offset still in the log, where a group that never committed begins. */
  readonly lowOffset: (topic: string, partition: number) => Promise<number>
}

interface Opened {
  readonly runner: RangeRunner
  readonly lease: PartitionLease
  readonly queue: RowQueue
  readonly working: Promise<void>
}

/** Loads one partition of a topic into a table, each record once. The next range is gathered while one is being stored. */
export class TableLoader implements PartitionHandler {
  readonly #options: TableLoaderOptions
  #opened: Opened | undefined
  #stopping = false
  #halt: SinkHalt | undefined

  constructor(options: TableLoaderOptions) {
    this.#options = options
  }

  /** Why the partition stands still, if it does. */
  get halt(): SinkHalt | undefined {
    return this.#halt
  }

  /** Gathered or being stored, and not yet behind the committed position. */
  get waitingRecords(): number {
    return this.#opened === undefined ? 0 : this.#opened.queue.length + this.#opened.runner.takenRecords
  }

  async open(lease: PartitionLease): Promise<{ readonly offset: number }> {
    const { bounds, budget, lowOffset } = this.#options
    const runner = new RangeRunner(this.#options, lease)
    try {
      let offset = lease.committed.offset ?? (await lowOffset(lease.topic, lease.partition))
      const intent = decodeIntent(lease.committed.metadata)
      if (intent !== undefined) {
        const [range, ...later] = await rereadRanges(lease, this.#options.source, intent)
        const { deadlineMs } = intent
        const pending: Pending[] = later.map((each) => ({ range: each, knowledge: 'answered', deadlineMs }))
        await runner.run([{ range, knowledge: 'in-doubt', deadlineMs }, ...pending], () => undefined)
        offset = (later.at(-1) ?? range).to + 1
      }
      const queue = new RowQueue({ bounds, budget, from: offset, nowMs: () => performance.now() })
      lease.signal.addEventListener('abort', () => queue.clear(), { once: true })
      const working = this.#work(runner, lease, queue).catch((error: unknown) => this.#onError(lease, error))
      this.#opened = { runner, lease, queue, working }
      return { offset }
    } catch (error) {
      if (error instanceof SinkHalt) this.#onError(lease, error)
      throw error
    }
  }

  async onBatch(records: readonly LogRecord[], nextOffset: number): Promise<void> {
    const { source, budget } = this.#options
    if (this.#opened === undefined) throw new TypeError('onBatch before open')
    const { lease, queue } = this.#opened
    await source.prepare(records)
    while (queue.isFull() && !this.#stopping && this.#halt === undefined) {
      lease.signal.throwIfAborted()
      await firstRing([queue.changed, budget.shifted])
    }
    if (this.#halt !== undefined) throw this.#halt
    // What is not gathered any more is read again by the next owner.
    if (this.#stopping) return
    queue.add(
      records.map((record) => source.admit(record)),
      nextOffset,
    )
  }

  /** Finishes what is being stored and begins nothing new, so that the next owner has nothing to find out. */
  async drain(): Promise<void> {
    this.#stopping = true
    this.#opened?.queue.clear()
    await this.#opened?.working
  }

  async close(): Promise<void> {
    await this.drain()
  }

  async #work(runner: RangeRunner, lease: PartitionLease, queue: RowQueue): Promise<void> {
    while (!this.#stopping && !lease.signal.aborted) {
      const range = queue.takeDue()
      if (range === undefined) {
        await untilDue(queue, this.#options.budget)
        continue
      }
      let begun = { atMs: performance.now(), rows: range.rows.length }
      await runner.load(range, () => {
        const atMs = performance.now()
        queue.paceBy({ tookMs: atMs - begun.atMs, rows: begun.rows })
        const next = this.#stopping ? undefined : queue.takeDue()
        begun = { atMs, rows: next?.rows.length ?? 0 }
        return next
      })
    }
  }

  /** The end of the lease is the runner's business. Anything else must not be tried again blindly. */
  #onError(lease: PartitionLease, error: unknown): void {
    if (lease.signal.aborted && !(error instanceof SinkHalt)) return
    const halt =
      error instanceof SinkHalt
        ? error
        : new SinkHalt('unexpected', 'the sink itself failed', { cause: error })
    this.#halt = halt
    const { events, source } = this.#options
    events.halted({ table: source.table.name, partition: lease.partition, error: halt })
    this.#opened?.queue.clear()
  }
}

/** Until a range may be due: at the latest when its age says so, and never while nothing waits. */
function untilDue(queue: RowQueue, budget: ByteBudget): Promise<void> {
  return firstRing([queue.changed, budget.shifted], queue.msUntilDue())
}
