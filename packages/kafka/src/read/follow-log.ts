import type { LogRecord } from '@meterline/topology'
import type { KafkaClient } from '../connection/client.ts'
import { KafkaError } from '../errors.ts'
import { createFetchPump } from './fetch-pump.ts'
import { readLogBounds } from './offsets.ts'
import { createPartitionFeed } from './partition-feed.ts'

export interface FollowLogOptions {
  readonly topic: string
  readonly partition: number
  /** Where to begin; the log's first offset when left out. */
  readonly fromOffset?: number
  /** Called for each committed record, in order. If it throws, following ends and `done` rejects with that error. */
  onRecord(record: LogRecord): void
  /** Brokers away or moving; following goes on by itself. */
  onTrouble?(error: KafkaError): void
  readonly maxBufferedBytes?: number
}

export interface LogFollower {
  /** Resolves when everything that was in the log at the start has been handed over. Rejects if following ends before. */
  readonly caughtUp: Promise<void>
  /** Rejects when following ended by itself: the view must not be used any more. Resolves after `stop`. */
  readonly done: Promise<void>
  /** The offset after the last record handed over (or, at the end of the log, after the markers that follow it). */
  position(): number
  /** Records known to be there and not handed over yet. */
  lagRecords(): number
  stop(): Promise<void>
}

/** Follows one partition without a group, from the start for ever: for views that every process keeps for itself. */
export function followLog(client: KafkaClient, options: FollowLogOptions): LogFollower {
  const { topic, partition } = options
  const caughtUp = Promise.withResolvers<void>()
  const stopped = new KafkaError('closed', `Following ${topic}/${partition} was stopped`)
  const link = client.openLink()
  const pump = createFetchPump(link, LIMITS, (error) => options.onTrouble?.(error))
  let feed: ReturnType<typeof createPartitionFeed> | undefined
  let stopping = false
  let handed = options.fromOffset ?? 0

  async function follow(): Promise<void> {
    const bounds = await waitForBounds()
    // Nobody is there to stop a feed that begins after the stop.
    if (stopping) throw stopped
    handed = options.fromOffset ?? bounds.low
    if (handed >= bounds.stable) caughtUp.resolve()
    feed = createPartitionFeed(
      { topic, partition, offset: handed, highWatermark: bounds.stable },
      {
        maxRecordsPerBatch: MAX_RECORDS,
        minBatchIntervalMs: 0,
        maxBufferedBytes: options.maxBufferedBytes ?? MAX_BUFFERED_BYTES,
      },
      pump.wake,
      (idleOffset) => reached(idleOffset, bounds.stable),
    )
    pump.add(feed)
    for (;;) {
      const { records, nextOffset } = await feed.next()
      for (const record of records) {
        options.onRecord(record)
        handed = record.offset + 1
      }
      reached(nextOffset, bounds.stable)
    }
  }

  function reached(offset: number, end: number): void {
    handed = offset
    if (offset >= end) caughtUp.resolve()
  }

  async function waitForBounds(): Promise<{ low: number; stable: number }> {
    for (;;) {
      if (stopping) throw stopped
      try {
        return await readLogBounds(link, options)
      } catch (error) {
        if (!(error instanceof KafkaError) || !error.retryable || stopping) throw error
        options.onTrouble?.(error)
      }
    }
  }

  async function run(): Promise<void> {
    try {
      await follow()
    } catch (error) {
      caughtUp.reject(error)
      if (error !== stopped) throw error
    } finally {
      await pump.close()
    }
  }

  // Whoever does not wait for one of them hears of the failure through the other.
  caughtUp.promise.catch(() => undefined)
  const done = run()
  done.catch(() => undefined)
  return {
    caughtUp: caughtUp.promise,
    done,
    position: () => handed,
    lagRecords: () => feed?.lagRecords() ?? 0,
    stop: async () => {
      stopping = true
      feed?.stop(stopped)
      await done.catch(() => undefined)
    },
  }
}

const LIMITS = {
  maxWaitMs: 250,
  lingerMs: 0,
  maxBytesPerPartition: 1024 * 1024,
  maxBytesPerFetch: 1024 * 1024,
}
const MAX_RECORDS = 2_000
const MAX_BUFFERED_BYTES = 1024 * 1024
