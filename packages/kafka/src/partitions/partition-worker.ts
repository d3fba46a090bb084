import { setTimeout as sleep } from 'node:timers/promises'
import type { KafkaClient } from '../connection/client.ts'
import { KafkaError } from '../errors.ts'
import type { PartitionHandler } from '../partition.ts'
import type { FetchPump } from '../read/fetch-pump.ts'
import { createPartitionFeed, type FeedLimits, type PartitionFeed } from '../read/partition-feed.ts'
import type { PartitionEvent, PartitionProgress, PartitionState } from './events.ts'
import { checkStart, takeOver, type HeldLease } from './take-over.ts'

export interface PartitionWorkerOptions {
  readonly client: KafkaClient
  readonly pump: FetchPump
  readonly groupId: string
  readonly topic: string
  readonly partition: number
  readonly transactionalId: string
  readonly transactionTimeoutMs: number
  /** Topics that its transactions write, besides its positions. */
  readonly writesTo: readonly string[]
  readonly feed: FeedLimits
  createHandler(): PartitionHandler
  readonly onEvent: (event: PartitionEvent) => void
  /** Waits until the group has confirmed this process as a member. */
  confirmMembership(signal: AbortSignal): Promise<void>
}

export interface PartitionWorker {
  progress(): PartitionProgress
  /** Gives the partition up; resolves when its handler is closed. */
  release(): Promise<void>
}

/** Works on one partition until released: take over, open, batch after batch; after any error all of it again. */
export function startPartitionWorker(options: PartitionWorkerOptions): PartitionWorker {
  const { client, pump, topic, partition, onEvent } = options
  const released = new AbortController()
  let state: PartitionState = 'opening'
  let feed: PartitionFeed | undefined
  let position: number | undefined
  /** Records that the handler has and is not done with. */
  let handlingRecords = 0
  let lastAdvanceMs = Date.now()

  async function work(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS
    while (!released.signal.aborted) {
      const failure = await runOnce(() => (pauseMs = FIRST_PAUSE_MS))
      if (released.signal.aborted) return
      if (isHopeless(failure)) {
        state = 'halted'
        onEvent({ kind: 'halted', partition, error: failure })
        return
      }
      state = 'waiting'
      onEvent({ kind: 'dropped', partition, error: failure, pauseMs })
      try {
        await sleep(pauseMs, undefined, { signal: released.signal })
        // If the group has given the partition away, we learn it here: no fencing fight with the rightful owner.
        await options.confirmMembership(released.signal)
      } catch (error) {
        if (!released.signal.aborted) throw error
      }
      pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)
    }
  }

  /** One lease from take-over to its end; returns why it ended. */
  async function runOnce(onProgress: () => void): Promise<unknown> {
    let held: HeldLease | undefined
    const handler = options.createHandler()
    try {
      state = 'opening'
      const startedMs = performance.now()
      held = await takeOver({
        ...options,
        signal: released.signal,
        onTransaction: (durationMs) => onEvent({ kind: 'committed', partition, durationMs }),
      })
      const fencedMs = performance.now()
      const { offset } = await handler.open(held.lease)
      const { high } = await checkStart(client, { topic, partition, offset })
      const restoredMs = performance.now()
      onEvent({
        kind: 'opened',
        partition,
        offset,
        fenceMs: fencedMs - startedMs,
        restoreMs: restoredMs - fencedMs,
      })
      const opened = createPartitionFeed(
        { topic, partition, offset, highWatermark: high },
        options.feed,
        pump.wake,
      )
      feed = opened
      position = offset
      lastAdvanceMs = Date.now()
      state = 'running'
      held.lease.signal.addEventListener('abort', () =>
        opened.stop(new KafkaError('closed', 'The lease ended')),
      )
      // Released while it opened: the listener above would never hear of it.
      held.lease.signal.throwIfAborted()
      pump.add(opened)
      for (;;) {
        const batch = await opened.next()
        const batchStartMs = performance.now()
        handlingRecords = batch.records.length
        await handler.onBatch(batch.records, batch.nextOffset)
        handlingRecords = 0
        position = batch.nextOffset
        lastAdvanceMs = Date.now()
        onProgress()
        onEvent({
          kind: 'batch',
          partition,
          records: batch.records.length,
          durationMs: performance.now() - batchStartMs,
        })
      }
    } catch (error) {
      return error
    } finally {
      handlingRecords = 0
      if (feed !== undefined) pump.remove(feed)
      feed = undefined
      await closeAll(handler, held)
    }
  }

  async function closeAll(handler: PartitionHandler, held: HeldLease | undefined): Promise<void> {
    const results = await Promise.allSettled([
      held?.drop(new KafkaError('closed', 'The lease was dropped')),
      handler.close(),
    ])
    for (const result of results) {
      if (result.status === 'rejected')
        onEvent({ kind: 'dropped', partition, error: result.reason, pauseMs: 0 })
    }
  }

  const done = work()
  return {
    progress: () => {
      const lagRecords = (feed?.lagRecords() ?? 0) + handlingRecords
      if (state === 'running' && lagRecords === 0) lastAdvanceMs = Date.now()
      return { position, highWatermark: feed?.highWatermark, lagRecords, lastAdvanceMs, state }
    },
    release: async () => {
      released.abort(new KafkaError('closed', `${topic}/${partition} was released`))
      await done
      onEvent({ kind: 'released', partition })
    },
  }
}

/** An offset that the log lost while we read is looked at once more by the next open, which has the log's bounds. */
function isHopeless(error: unknown): boolean {
  return error instanceof Error && 'retryable' in error && error.retryable === false
}

const FIRST_PAUSE_MS = 20
const MAX_PAUSE_MS = 5_000
