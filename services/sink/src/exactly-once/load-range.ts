import { ClickhouseError, isContentRefusal, isDeadlinePassed } from '@meterline/clickhouse'
import { setTimeout as sleep } from 'node:timers/promises'

import { eventMonth } from './event-month.ts'
import type { InsertLease } from './insert-lease.ts'
import { judgeArrival, rowsByMonth } from './judge-arrival.ts'
import type { Arrival } from './judge-arrival.ts'
import type { LoadEvents } from './load-events.ts'
import { intentOf } from './range.ts'
import type { Range } from './range.ts'
import { SinkHalt } from './sink-halt.ts'
import type { Row, Source } from './source.ts'
import type { Store } from './store.ts'

/**
 * What is known of a range before it is inserted:
 * - `absent`: nothing of it was ever sent.
 * - `answered`: something was sent, and the server has answered: nothing more can arrive, but months may have.
 * - `in-doubt`: something was sent and nobody knows what became of it; it may still be running.
 */
export type Knowledge = 'absent' | 'answered' | 'in-doubt'

export interface LoadContext {
  readonly source: Source
  readonly store: Store
  readonly events: LoadEvents
  readonly partition: number
  /** Ends with the lease: nothing is sent after it. */
  readonly signal: AbortSignal
  readonly maxBackoffMs: number
  readonly insertLease: InsertLease
  /** Deadline for an insert that is sent now. */
  deadlineMs(): number
  /** Measures the server's clock again. */
  syncClock(): Promise<void>
  /** Commits the range's intent with this deadline: it also proves that the partition is still ours. */
  writeIntent(range: Range, deadlineMs: number): Promise<void>
}

const queryIdPrefix = (topic: string, partition: number): string => `sink/${topic}/${partition}/`

let attempts = 0

/**
 * Stores the range, each row once, however often it has to try. The intent with `deadlineMs` has been committed.
 * Resolves `content-refused` when the server will never take these rows; months that went in before stay in.
 *
 * @throws SinkHalt when the table says what cannot be; the lease's reason when it ended; KafkaError from `writeIntent`.
 */
export async function loadRange(
  context: LoadContext,
  range: Range,
  known: { readonly knowledge: Knowledge; readonly deadlineMs: number },
): Promise<'loaded' | 'content-refused'> {
  if (range.rows.length === 0) return 'loaded'
  let { knowledge, deadlineMs } = known
  for (let attempt = 1; ; attempt += 1) {
    context.signal.throwIfAborted()
    let sent = false
    try {
      let { rows } = range
      if (knowledge !== 'absent') {
        const arrival = await settle(context, { range, deadlineMs, mayRun: knowledge === 'in-doubt' })
        if (arrival.kind === 'complete') return 'loaded'
        knowledge = 'answered'
        rows = rows.filter(({ eventMs }) => arrival.months.has(eventMonth(eventMs)))
        await context.syncClock()
        deadlineMs = context.deadlineMs()
        await context.writeIntent(range, deadlineMs)
      }
      const first = knowledge === 'absent'
      knowledge = 'in-doubt'
      sent = true
      await insert(context, { range, rows, deadlineMs })
      if (first) return 'loaded'
      // What went in on a second try is counted once more before the position moves.
      knowledge = 'answered'
    } catch (error) {
      context.signal.throwIfAborted()
      if (!(error instanceof ClickhouseError)) throw error
      if (sent && error.kind === 'refused') knowledge = 'answered'
      if (sent && (isDeadlinePassed(error) || error.kind === 'timeout')) context.insertLease.tooShort()
      context.events.attemptFailed({ ...labels(context), attempt, error })
      if (sent && isContentRefusal(error)) return 'content-refused'
      await backOff(context, attempt)
    }
  }
}

/** Asks the server for the time until it answers: no insert could go before. */
export async function learnClock(context: LoadContext): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    context.signal.throwIfAborted()
    try {
      return await context.syncClock()
    } catch (error) {
      if (!(error instanceof ClickhouseError)) throw error
      context.events.attemptFailed({ ...labels(context), attempt, error })
      await backOff(context, attempt)
    }
  }
}

/** Finds out which months are there. In this order: deadline, kill, look; killing first lets a late block in after the look. */
async function settle(
  context: LoadContext,
  doubt: { readonly range: Range; readonly deadlineMs: number; readonly mayRun: boolean },
): Promise<Exclude<Arrival, { kind: 'contradiction' }>> {
  const { source, store, partition, signal, events } = context
  const startedMs = performance.now()
  if (doubt.mayRun) {
    await store.waitForDeadline(doubt.deadlineMs, signal)
    await store.kill(queryIdPrefix(source.topic, partition))
  }
  const { from, to, minEventMs, maxEventMs } = intentOf(doubt.range, 0)
  const arrived = await store.arrived({ partition, from, to, minEventMs, maxEventMs })
  const arrival = judgeArrival(rowsByMonth(doubt.range.rows), arrived)
  if (arrival.kind === 'contradiction') {
    // Only the owner may say so: a zombie looks at what the next owner has stored, by ranges of its own.
    await context.writeIntent(doubt.range, doubt.deadlineMs)
    const { month, expected, arrived: found } = arrival
    throw new SinkHalt(
      'contradiction',
      `${source.table.name} holds ${found} rows of month ${month} for ${source.topic}/${partition} ${from}–${to}, where ${expected} or none are possible`,
    )
  }
  const missingMonths = arrival.kind === 'missing' ? arrival.months.size : 0
  const durationMs = performance.now() - startedMs
  events.settled({ ...labels(context), arrivedMonths: arrived.size, missingMonths, durationMs })
  return arrival
}

async function insert(
  context: LoadContext,
  load: { readonly range: Range; readonly rows: readonly Row[]; readonly deadlineMs: number },
): Promise<void> {
  const { source, store, insertLease, partition, signal, events } = context
  const { range, rows, deadlineMs } = load
  const startedMs = performance.now()
  const body = source.encode(rows, partition)
  const queryId = `${queryIdPrefix(source.topic, partition)}${range.from}-${range.to}/${process.pid}-${(attempts += 1)}`
  await store.insert({ body, deadlineMs, leaseMs: insertLease.ms, queryId, signal })
  const durationMs = performance.now() - startedMs
  insertLease.sufficed(durationMs)
  events.inserted({ ...labels(context), rows: rows.length, bytes: body.bytes, durationMs })
}

async function backOff({ signal, maxBackoffMs }: LoadContext, attempt: number): Promise<void> {
  const ms = Math.min(maxBackoffMs, FIRST_BACKOFF_MS * 2 ** Math.min(attempt - 1, 20))
  await sleep(ms, undefined, { signal })
}

const FIRST_BACKOFF_MS = 20

const labels = ({ source, partition }: LoadContext) => ({ table: source.table.name, partition })
