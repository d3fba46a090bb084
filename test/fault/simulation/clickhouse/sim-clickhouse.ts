import { ClickhouseError } from '@meterline/clickhouse'
import type { LoadedStretch } from '@meterline/clickhouse'

import type { Faults } from '../faults/faults.ts'
import type { VirtualTime } from '../time/virtual-time.ts'
import type { Trace } from '../trace.ts'

/** A row as the table keeps it. */
export interface StoredRow {
  readonly partition: number
  readonly offset: number
  readonly eventMs: number
  readonly month: number
  readonly requestId: string
  /** The server will never take it. */
  readonly isPoison: boolean
}

interface Statement {
  readonly queryId: string
  /** Its body is still on the way, and nobody can kill it, or it is at work. */
  phase: 'arriving' | 'running'
  killed: boolean
  readonly ended: Promise<void>
}

export interface Block {
  readonly rows: readonly StoredRow[]
  readonly deadlineMs: number
  readonly queryId: string
}

const CANNOT_PARSE_INPUT = 27
const QUERY_WAS_CANCELLED = 394
const DEADLINE_PASSED = 395
const MAX_ARRIVAL_MS = 120
const MAX_STORE_MS = 30
const MAX_SLOW_MS = 1_200

/**
 * The table and its server: a block is stored month by month, each month all or nothing; the deadline is looked at when the
 * block is complete; a statement that is killed, or whose server dies, leaves whole months behind.
 */
export class SimClickhouse {
  readonly #time: VirtualTime
  readonly #faults: Faults
  readonly #trace: Trace
  readonly rows: StoredRow[] = []
  readonly #statements = new Set<Statement>()
  #clockSkewMs = 0
  #downUntilMs = -Infinity
  #lives = 0

  constructor(options: { readonly time: VirtualTime; readonly faults: Faults; readonly trace: Trace }) {
    this.#time = options.time
    this.#faults = options.faults
    this.#trace = options.trace
  }

  nowMs(): number {
    this.#up()
    return Math.round(this.#time.nowMs + this.#clockSkewMs)
  }

  /** Forwards only: nothing can save a deadline from a clock that is set back. */
  jumpClock(ms: number): void {
    this.#clockSkewMs += ms
  }

  /** kill -9 of the server: every statement ends where it is, and nobody is answered. */
  crash(downMs: number): void {
    this.#lives += 1
    this.#downUntilMs = this.#time.nowMs + downMs
    for (const statement of this.#statements) statement.killed = true
  }

  async insert(block: Block): Promise<void> {
    this.#up()
    const life = this.#lives
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    const statement: Statement = { queryId: block.queryId, phase: 'arriving', killed: false, ended }
    this.#statements.add(statement)
    try {
      await this.#time.pause(this.#durationMs(MAX_ARRIVAL_MS))
      statement.phase = 'running'
      this.#goesOn(statement, life)
      if (this.nowMs() > block.deadlineMs) throw refusal(DEADLINE_PASSED, 'the deadline has passed')
      await this.#store(block, statement, life)
    } finally {
      this.#statements.delete(statement)
      end()
    }
  }

  /** Waits until the statements that it found are gone. */
  async kill(queryIdPrefix: string): Promise<number> {
    this.#up()
    const found = [...this.#statements].filter(
      ({ queryId, phase }) => phase === 'running' && queryId.startsWith(queryIdPrefix),
    )
    for (const statement of found) statement.killed = true
    await Promise.all(found.map(({ ended }) => ended))
    this.#up()
    return found.length
  }

  arrived({ partition, from, to, minEventMs, maxEventMs }: LoadedStretch): Map<number, number> {
    this.#up()
    const months = new Map<number, number>()
    for (const row of this.rows) {
      const isWanted =
        row.partition === partition &&
        row.offset >= from &&
        row.offset <= to &&
        row.eventMs >= minEventMs &&
        row.eventMs <= maxEventMs
      if (isWanted) months.set(row.month, (months.get(row.month) ?? 0) + 1)
    }
    return months
  }

  async #store(block: Block, statement: Statement, life: number): Promise<void> {
    const poisoned = block.rows.find(({ isPoison }) => isPoison)
    const months = [...Map.groupBy(block.rows, ({ month }) => month)]
    if (this.#faults.chance(0.5)) months.reverse()
    for (const [month, rows] of months) {
      await this.#time.pause(this.#durationMs(MAX_STORE_MS))
      this.#goesOn(statement, life)
      if (rows.some(({ isPoison }) => isPoison)) break
      this.#trace.add(
        'clickhouse',
        () => `stores ${rows.length} rows of ${month}, ${block.queryId.split('/').slice(0, 4).join('/')}`,
      )
      this.rows.push(...rows)
    }
    if (poisoned !== undefined) throw refusal(CANNOT_PARSE_INPUT, `cannot parse ${poisoned.requestId}`)
  }

  #durationMs(usuallyMs: number): number {
    return this.#faults.between(0, this.#faults.isStoreSlow() ? MAX_SLOW_MS : usuallyMs)
  }

  #goesOn(statement: Statement, life: number): void {
    if (this.#lives !== life) throw noAnswer()
    if (statement.killed) throw refusal(QUERY_WAS_CANCELLED, 'the query was killed')
  }

  #up(): void {
    if (this.#downUntilMs > this.#time.nowMs) throw noAnswer()
  }
}

export const noAnswer = (): ClickhouseError => new ClickhouseError('socket hang up', { kind: 'no-answer' })

function refusal(code: number, message: string): ClickhouseError {
  return new ClickhouseError(`Code: ${code}. ${message}`, { kind: 'refused', code })
}
