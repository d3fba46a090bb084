import { FRAME_BYTES, framedSchemaId, meteredUsageCodec, partitionForKey } from '@meterline/contract'
import { type MeteredUsage, type Rejection, type RejectionReason, USAGE_BOUNDS } from '@meterline/domain'
import type { LogRecord, OutputMessage } from '@meterline/topology'

import type { MeterItem } from '../meter-item.ts'
import { type EventSchemas, readEvent } from '../wire/read-event.ts'
import { UsageScan } from '../wire/usage-scan.ts'
import { identityOf, type Originals, type WantedRequest } from './originals.ts'

/** Corrected requests that one partition remembers: about 40 MB. */
export const MAX_CORRECTED = 50_000
/** As long as `meter.changelog` keeps them, which is longer than `usage.metered` keeps what can be corrected. */
const CORRECTED_RETENTION_MS = 31 * 86_400_000
/** An original may have come with a clock ahead by so much; searches from the same span share a pass over the log. */
const SEARCH_STEP_MS = USAGE_BOUNDS.maxFutureMs

export interface StandingOptions {
  readonly partition: number
  readonly eventPartitions: number
  readonly schemas: EventSchemas
  readonly originals: Originals
  /** The time from which on a request can have been metered, while it is remembered. */
  readonly meteredFromMs: (scan: UsageScan, start: number, end: number) => number | undefined
  readonly maxCorrected?: number
}

/**
 * What stands for the requests that corrections name: the last correction of each, which is remembered, or how it was metered at
 * first, which is read in the log before the batch (`prepare`), or stands earlier in the same batch.
 */
export class StandingRequests {
  readonly #options: StandingOptions
  readonly #corrected = new Map<string, { readonly value: Buffer; readonly atMs: number }>()
  /** Of the requests that this batch corrects. */
  readonly #standing = new Map<string, MeteredUsage>()
  readonly #wanted = new Set<string>()
  readonly #scan = new UsageScan()

  constructor(options: StandingOptions) {
    this.#options = options
  }

  /** Whether the batch at hand corrects anything. */
  get areWanted(): boolean {
    return this.#wanted.size > 0
  }

  restore({ key, value, timestampMs }: LogRecord): void {
    if (key === null || value === null) return
    this.#corrected.set(key.toString(), { value, atMs: timestampMs })
  }

  async prepare(records: readonly LogRecord[]): Promise<void> {
    const { schemas, originals, partition } = this.#options
    this.forgetBatch()
    const wanted: WantedRequest[] = []
    for (const record of records) {
      if (!mayCorrect(record, schemas)) continue
      if (readEvent(record, this.#scan, schemas) !== undefined || !this.#scan.isCorrection) continue
      const request = this.#wantedBy(this.#scan)
      if (this.#wanted.has(request.identity)) continue
      this.#wanted.add(request.identity)
      const corrected = this.#corrected.get(request.identity)
      if (corrected === undefined) wanted.push(request)
      else this.#standing.set(request.identity, await originals.decode(corrected.value))
    }
    if (wanted.length === 0) return
    for (const [identity, usage] of await originals.find(partition, wanted)) {
      this.#standing.set(identity, usage)
    }
  }

  /** What stands for the request that the event corrects, or why it cannot be corrected. */
  of(scan: UsageScan, record: LogRecord): MeteredUsage | Rejection {
    const { partition, eventPartitions, maxCorrected = MAX_CORRECTED } = this.#options
    const { identity, requestId } = this.#wantedBy(scan)
    const standing = this.#standing.get(identity)
    const named = `corrects names ${JSON.stringify(requestId)}`
    if (standing === undefined) {
      return partitionForKey(requestId, eventPartitions) === partition
        ? rejection(
            'correction_original_not_found',
            `${named}, which this key has not sent, or too long ago, or not at that timestamp: name the first request, not a correction of it, send the timestamp that it had, and after it was accepted`,
          )
        : rejection(
            'correction_wrong_partition',
            `${named}, which goes to another partition: use what corrects names as the key of the record`,
          )
    }
    if (!this.#corrected.has(identity) && this.#corrected.size >= maxCorrected) {
      this.#forgetBefore(record.timestampMs - CORRECTED_RETENTION_MS)
      if (this.#corrected.size >= maxCorrected) {
        return rejection(
          'correction_limit_reached',
          `${named}, and ${maxCorrected} requests of this partition were corrected within 31 days, the most that are remembered: replay it when they have passed`,
        )
      }
    }
    return standing
  }

  /** After an event was metered, in a batch that corrects something. Answers what has to go to `meter.changelog`. */
  metered({ scan, standing, metered, record }: MeterItem): OutputMessage | undefined {
    if (metered === undefined) return undefined
    const apiKeyId = textIn(scan, scan.keyStart, scan.keyEnd)
    if (standing === undefined) {
      const identity = identityOf(apiKeyId, textIn(scan, scan.requestIdStart, scan.requestIdEnd))
      if (this.#wanted.has(identity)) this.#standing.set(identity, decoded(metered))
      return undefined
    }
    const identity = identityOf(apiKeyId, textIn(scan, scan.correctsStart, scan.correctsEnd))
    this.#standing.set(identity, decoded(metered))
    // A copy: the slab that it lies in is a thousand times as large.
    const value = Buffer.from(metered)
    this.#corrected.set(identity, { value, atMs: record.timestampMs })
    return { key: identity, value, timestampMs: record.timestampMs }
  }

  /** What was looked up for one batch is not kept for the next: the log and `#corrected` have it. */
  forgetBatch(): void {
    this.#standing.clear()
    this.#wanted.clear()
  }

  #wantedBy(scan: UsageScan): WantedRequest {
    const apiKeyId = textIn(scan, scan.keyStart, scan.keyEnd)
    const requestId = textIn(scan, scan.correctsStart, scan.correctsEnd)
    const meteredFromMs = this.#options.meteredFromMs(scan, scan.correctsStart, scan.correctsEnd)
    const searchedMs = Math.floor((scan.timestampMs - SEARCH_STEP_MS) / SEARCH_STEP_MS) * SEARCH_STEP_MS
    return {
      identity: identityOf(apiKeyId, requestId),
      apiKeyId,
      requestId,
      fromMs: meteredFromMs ?? Math.max(0, searchedMs),
      isRemembered: meteredFromMs !== undefined,
    }
  }

  #forgetBefore(ms: number): void {
    for (const [identity, { atMs }] of this.#corrected) if (atMs < ms) this.#corrected.delete(identity)
  }
}

/**
 * Records that may correct something. `corrects` is the last field, and null is written as a zero: what is written in our own
 * schema is told by its last byte.
 */
function mayCorrect({ value }: LogRecord, schemas: EventSchemas): boolean {
  if (value === null || value.length <= FRAME_BYTES) return false
  if (value[value.length - 1] !== 0) return true
  const schemaId = framedSchemaId(value)
  return schemaId !== undefined && schemas.of(schemaId).kind === 'resolved'
}

function textIn({ bytes }: UsageScan, start: number, end: number): string {
  return bytes.toString('utf8', start, end)
}

function decoded(value: Buffer): MeteredUsage {
  return meteredUsageCodec.decode(value.subarray(FRAME_BYTES))
}

function rejection(reason: RejectionReason, error: string): Rejection {
  return { reason, stage: 'drop-duplicates', error }
}
