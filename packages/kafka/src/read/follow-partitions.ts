import type { LogRecord } from '@meterline/topology'
import type { KafkaClient } from '../connection/client.ts'
import { KafkaError } from '../errors.ts'
import { createFetchPump, type FetchTarget } from './fetch-pump.ts'
import { type LogBounds, readLogBounds } from './offsets.ts'

export interface FollowerEars {
  /** Called for each committed record, in order within its partition. If it throws, following ends and `done` rejects with that error. */
  onRecord(record: LogRecord): void
  /** Brokers away or moving; following goes on by itself. */
  onTrouble?(error: KafkaError): void
}

export interface FollowPartitionsOptions extends FollowerEars {
  readonly topic: string
  /** Where to begin in each partition; at the log's first offset where that is `undefined`. */
  readonly starts: ReadonlyMap<number, number | undefined>
}

export interface Follower {
  /** Resolves when everything that was in the logs at the start has been handed over. Rejects if following ends before. */
  readonly caughtUp: Promise<void>
  /** Rejects when following ended by itself: the view must not be used any more. Resolves after `stop`. */
  readonly done: Promise<void>
  /** Records known to be there and not handed over yet, of all partitions. */
  lagRecords(): number
  stop(): Promise<void>
}

export interface PartitionsFollower extends Follower {
  /** The offset after the last record handed over (or, at the end of the log, after the markers that follow it). */
  position(partition: number): number
}

/**
 * Follows partitions of one topic without a group, with one request under way per broker for all of them. Records are handed over as
 * they are decoded, none before every partition's bounds are known: no more than one answer of each broker is ever in memory.
 */
export function followPartitions(client: KafkaClient, options: FollowPartitionsOptions): PartitionsFollower {
  const { topic, starts } = options
  const caughtUp = Promise.withResolvers<void>()
  const over = Promise.withResolvers<never>()
  const stopped = new KafkaError('closed', `Following ${topic} was stopped`)
  const link = client.openLink()
  const pump = createFetchPump(link, LIMITS, (error) => options.onTrouble?.(error))
  const logs = new Map<number, FollowedLog>()
  /** Partitions that were not read yet to where they ended at the start. */
  const behind = new Set(starts.keys())
  let isOver = false

  function end(error: unknown): void {
    isOver = true
    over.reject(error)
  }

  function followed(partition: number, { low, stable }: LogBounds): FollowedLog {
    let offset = starts.get(partition) ?? low
    let highWatermark = stable
    return {
      topic,
      partition,
      offset: () => offset,
      wanted: () => (isOver ? undefined : offset),
      lagRecords: () => Math.max(0, highWatermark - offset),
      accept({ records, nextOffset, ...fetched }) {
        try {
          for (const record of records) {
            options.onRecord(record)
            offset = record.offset + 1
            if (isOver) return
          }
        } catch (error) {
          end(error)
          return
        }
        offset = nextOffset
        highWatermark = Math.max(fetched.highWatermark, nextOffset)
        if (offset >= stable) caughtUpWith(partition)
      },
      fail: end,
    }
  }

  function caughtUpWith(partition: number): void {
    if (behind.delete(partition) && behind.size === 0) caughtUp.resolve()
  }

  async function follow(): Promise<never> {
    const known = await Promise.all(
      [...starts.keys()].map(async (partition) => [partition, await waitForBounds(partition)] as const),
    )
    if (isOver) throw stopped
    for (const [partition, bounds] of known) {
      const log = followed(partition, bounds)
      logs.set(partition, log)
      if (log.offset() >= bounds.stable) caughtUpWith(partition)
    }
    // All in one go: one that comes later waits until the broker answers for those before.
    for (const log of logs.values()) pump.add(log)
    return over.promise
  }

  async function waitForBounds(partition: number): Promise<LogBounds> {
    for (;;) {
      if (isOver) throw stopped
      try {
        return await readLogBounds(link, { topic, partition })
      } catch (error) {
        if (!(error instanceof KafkaError) || !error.retryable || isOver) throw error
        options.onTrouble?.(error)
      }
    }
  }

  async function run(): Promise<void> {
    try {
      await follow()
    } catch (error) {
      isOver = true
      caughtUp.reject(error)
      if (error !== stopped) throw error
    } finally {
      await pump.close()
    }
  }

  // Whoever does not wait for one of them hears of the failure through the other.
  caughtUp.promise.catch(() => undefined)
  // A stop that comes before anybody waits for it.
  over.promise.catch(() => undefined)
  const done = run()
  done.catch(() => undefined)
  return {
    caughtUp: caughtUp.promise,
    done,
    position: (partition) => logs.get(partition)?.offset() ?? starts.get(partition) ?? 0,
    lagRecords: () => logs.values().reduce((sum, log) => sum + log.lagRecords(), 0),
    async stop() {
      end(stopped)
      await done.catch(() => undefined)
    },
  }
}

interface FollowedLog extends FetchTarget {
  offset(): number
  lagRecords(): number
}

const LIMITS = {
  // When nothing comes. Stopping waits for it: a link is closed when the requests on it are answered.
  maxWaitMs: 250,
  // What comes while a request is under way gathers by itself; ten milliseconds on top saved half the requests, but no processor time.
  lingerMs: 0,
  maxBytesPerPartition: 1024 * 1024,
  maxBytesPerFetch: 1024 * 1024,
}
