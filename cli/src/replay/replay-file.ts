import { createRandom } from '@meterline/simulation'
import { statSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

import { CliError, usageError } from '../cli-error.ts'
import { EMPTY_REPORT } from '../send/delivery.ts'
import type { Delivery, DeliveryReport } from '../send/delivery.ts'
import { readCsv } from './csv.ts'
import { createDisturber } from './disturb.ts'
import type { Disturbance, Outgoing } from './disturb.ts'
import { createReplayClock } from './replay-clock.ts'
import type { ReplayClock } from './replay-clock.ts'
import { createReplayTally } from './replay-tally.ts'
import type { ReplaySummary } from './replay-tally.ts'
import { traceEvent } from './trace-event.ts'
import type { EventDefaults } from './trace-event.ts'
import { detectMapping, parseMapping } from './trace-mapping.ts'
import type { TraceMapping } from './trace-mapping.ts'
import { parseTraceRow } from './trace-row.ts'
import type { TraceRow, TraceTime } from './trace-row.ts'

/** Split by key before it is sent: enough that each of a dozen keys gets a request worth its round trip. */
const BATCH_EVENTS = 8_000
const MAX_IN_FLIGHT = 4
/** A paced replay sends what is due at least this often. */
const PACED_FLUSH_MS = 200

export interface ReplayOptions {
  readonly path: string
  readonly mapping?: string | undefined
  readonly start: 'now' | 'keep' | number
  readonly speed: number
  readonly keyIds: readonly string[]
  readonly defaults: EventDefaults
  readonly disturbance: Disturbance
  readonly seed: string
  /** Goes into every request id: another run is other events, the same run again is duplicates. */
  readonly runId: string
  readonly limitRows?: number | undefined
  readonly signal: AbortSignal
  readonly onProgress: (share: number, sent: number) => void
}

/** Sends a trace as its producers would have: many keys, batches, at the pace asked for. */
export async function replayFile(delivery: Delivery, options: ReplayOptions): Promise<ReplaySummary> {
  const { path, keyIds, disturbance, seed, runId, speed, signal } = options
  if (keyIds.length === 0)
    throw usageError('no keys to send with: give --keys, or apply an organization first')
  const random = createRandom(seed)
  const disturber = createDisturber(disturbance, createRandom(`${seed}/disturb`))
  const tally = createReplayTally()
  const flow = createFlow(delivery, (report) => tally.answered(report))
  const { mapping, clock } = await surveyTrace(options)
  const totalBytes = statSync(path).size
  const startedMs = performance.now()
  let batch: Outgoing[] = []
  let flushedMs = startedMs
  const flush = async (): Promise<void> => {
    for (const item of batch) tally.sent(item)
    await flow.send(batch)
    batch = []
    flushedMs = performance.now()
  }
  for await (const { row, readBytes } of traceRows(options, mapping, (problem) => tally.skipped(problem))) {
    signal.throwIfAborted()
    const waitMs = startedMs + clock.dueMs(row.time) - performance.now()
    if (speed > 0 && (waitMs > 0 || performance.now() - flushedMs > PACED_FLUSH_MS)) await flush()
    if (speed > 0 && waitMs > 0) await delay(waitMs, undefined, { signal })
    const keyId = keyIds[random.below(keyIds.length)] ?? ''
    const at = { requestId: `rep_${runId}_${row.line}`, timestampMs: clock.eventTimeMs(row.time), keyId }
    batch.push(...disturber.next(traceEvent(row, at, options.defaults)))
    if (batch.length >= BATCH_EVENTS) await flush()
    options.onProgress(readBytes / totalBytes, tally.sentCount())
  }
  batch.push(...disturber.rest())
  await flush()
  await flow.drained()
  return tally.summary({
    via: delivery.name,
    trace: mapping.name,
    runId,
    elapsedMs: performance.now() - startedMs,
  })
}

/** Reads header, first and last time before anything is sent: a wrong file must not be half replayed. */
async function surveyTrace(options: ReplayOptions): Promise<{ mapping: TraceMapping; clock: ReplayClock }> {
  const { path, start, speed } = options
  let mapping: TraceMapping | undefined
  for await (const { fields } of readCsv(path)) {
    mapping = options.mapping === undefined ? detectMapping(fields) : parseMapping(options.mapping, fields)
    break
  }
  if (mapping === undefined) throw new CliError(`${path} is empty`)
  let first: TraceTime | undefined
  let last: TraceTime | undefined
  for await (const { row } of traceRows(options, mapping, () => undefined)) {
    first ??= row.time
    if (last === undefined || row.time.ms > last.ms) last = row.time
  }
  if (first === undefined || last === undefined)
    throw new CliError(`${path} has no row with a time and units`)
  return { mapping, clock: createReplayClock({ start, speed, nowMs: Date.now(), first, last }) }
}

async function* traceRows(
  { path, limitRows = Infinity }: ReplayOptions,
  mapping: TraceMapping,
  onSkipped: (problem: string) => void,
): AsyncGenerator<{ readonly row: TraceRow; readonly readBytes: number }> {
  let rows = 0
  for await (const csvRow of readCsv(path)) {
    if (csvRow.line === 1) continue
    if (rows >= limitRows) return
    const parsed = parseTraceRow(csvRow, mapping)
    if (parsed.ok) {
      rows += 1
      yield { row: parsed.row, readBytes: csvRow.readBytes }
    } else onSkipped(`line ${parsed.line}: ${parsed.problem}`)
  }
}

/** A bounded number of batches under way; the first failure is thrown at the next call. */
function createFlow(delivery: Delivery, onReport: (report: DeliveryReport) => void) {
  const underWay = new Set<Promise<void>>()
  let failure: { readonly error: unknown } | undefined
  const start = (batch: readonly Outgoing[]): void => {
    const sending = delivery
      .send(batch)
      .then(onReport, (error: unknown) => {
        failure ??= { error }
        onReport(EMPTY_REPORT)
      })
      .finally(() => underWay.delete(sending))
    underWay.add(sending)
  }
  const check = (): void => {
    if (failure !== undefined) throw failure.error
  }
  return {
    async send(batch: readonly Outgoing[]): Promise<void> {
      check()
      while (underWay.size >= MAX_IN_FLIGHT) await Promise.race(underWay)
      check()
      if (batch.length > 0) start(batch)
    },
    async drained(): Promise<void> {
      await Promise.all(underWay)
      check()
    },
  }
}
