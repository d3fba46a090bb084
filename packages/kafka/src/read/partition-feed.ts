import type { LogRecord } from '@meterline/topology'
import type { KafkaError } from '../errors.ts'
import type { FetchTarget, Fetched } from './fetch-pump.ts'

export interface FeedLimits {
  readonly maxRecordsPerBatch: number
  /** A batch that is not full is handed out no sooner than this after the one before. */
  readonly minBatchIntervalMs: number
  /** Bytes held of what was fetched and not yet handed out; no further fetch while it is above. */
  readonly maxBufferedBytes: number
  /** Told what is held whenever that changes: what was fetched, until the batch that it went into is done with. */
  readonly onBuffered?: ((held: HeldRecords) => void) | undefined
}

export interface HeldRecords {
  readonly bytes: number
  readonly records: number
}

interface FeedBatch {
  readonly records: readonly LogRecord[]
  /** After the last record, and after the markers that follow it where they are known. */
  readonly nextOffset: number
}

export interface PartitionFeed extends FetchTarget {
  /** What has been fetched, merged up to the batch limit; waits for the first record. Rejects when reading failed or stopped. */
  next(): Promise<FeedBatch>
  /** Records known to be there and not handed out yet; 0 at the end of the log, whatever markers follow. */
  lagRecords(): number
  readonly highWatermark: number
  stop(error: KafkaError): void
}

/** The bounded queue between the fetches of one partition and its handler. */
export function createPartitionFeed(
  at: {
    readonly topic: string
    readonly partition: number
    readonly offset: number
    readonly highWatermark: number
  },
  limits: FeedLimits,
  wake: () => void,
): PartitionFeed {
  let chunks: { records: readonly LogRecord[]; nextOffset: number; bytes: number }[] = []
  let fetchOffset = at.offset
  let bufferedBytes = 0
  let bufferedRecords = 0
  let highWatermark = at.highWatermark
  let stopped: KafkaError | undefined
  let notify: (() => void) | undefined
  let lastBatchMs = -Infinity
  /** Of the batch that is with the consumer. */
  let handed: HeldRecords = NOTHING

  function hasRoom(): boolean {
    return bufferedBytes < limits.maxBufferedBytes
  }

  function ring(): void {
    notify?.()
    notify = undefined
  }

  function tellBuffered(): void {
    const { bytes, records } = handed
    limits.onBuffered?.({ bytes: bufferedBytes + bytes, records: bufferedRecords + records })
  }

  function take(): FeedBatch {
    const first = chunks[0]!
    if (first.records.length > limits.maxRecordsPerBatch) {
      const records = first.records.slice(0, limits.maxRecordsPerBatch)
      first.records = first.records.slice(limits.maxRecordsPerBatch)
      bufferedRecords -= records.length
      return { records, nextOffset: records.at(-1)!.offset + 1 }
    }
    let count = 0
    let used = 0
    let bytes = 0
    for (const chunk of chunks) {
      if (used > 0 && count + chunk.records.length > limits.maxRecordsPerBatch) break
      count += chunk.records.length
      bytes += chunk.bytes
      used++
    }
    const taken = chunks.slice(0, used)
    chunks = chunks.slice(used)
    bufferedBytes -= bytes
    bufferedRecords -= count
    const records = taken.length === 1 ? taken[0]!.records : taken.flatMap((chunk) => chunk.records)
    return { records, nextOffset: taken.at(-1)!.nextOffset }
  }

  return {
    topic: at.topic,
    partition: at.partition,
    wanted: () =>
      stopped === undefined && bufferedBytes < limits.maxBufferedBytes ? fetchOffset : undefined,
    accept: (fetched: Fetched) => {
      fetchOffset = fetched.nextOffset
      highWatermark = Math.max(fetched.highWatermark, fetchOffset)
      if (fetched.records.length === 0) return
      chunks.push({ records: fetched.records, nextOffset: fetched.nextOffset, bytes: fetched.heldBytes })
      bufferedBytes += fetched.heldBytes
      bufferedRecords += fetched.records.length
      tellBuffered()
      ring()
    },
    fail: (error) => {
      stopped ??= error
      ring()
    },
    stop: (error) => {
      stopped ??= error
      chunks = []
      bufferedBytes = bufferedRecords = 0
      handed = NOTHING
      tellBuffered()
      ring()
    },
    next: async () => {
      handed = NOTHING
      tellBuffered()
      for (;;) {
        if (stopped !== undefined) throw stopped
        const waitMs = lastBatchMs + limits.minBatchIntervalMs - performance.now()
        if (chunks.length > 0 && (waitMs <= 0 || bufferedRecords >= limits.maxRecordsPerBatch || !hasRoom()))
          break
        await new Promise<void>((resolve) => {
          notify = resolve
          if (chunks.length > 0) setTimeout(resolve, waitMs)
        })
      }
      lastBatchMs = performance.now()
      const bytesBefore = bufferedBytes
      const batch = take()
      handed = { bytes: bytesBefore - bufferedBytes, records: batch.records.length }
      tellBuffered()
      wake()
      return batch
    },
    lagRecords: () => bufferedRecords + Math.max(0, highWatermark - fetchOffset),
    get highWatermark() {
      return highWatermark
    },
  }
}

const NOTHING: HeldRecords = { bytes: 0, records: 0 }
