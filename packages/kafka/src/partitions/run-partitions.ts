import type { KafkaClient } from '../connection/client.ts'
import type { KafkaError } from '../errors.ts'
import { openMemberMemo } from '../group/member-memo.ts'
import { joinGroup } from '../group/membership.ts'
import type { PartitionHandler } from '../partition.ts'
import { createFetchPump } from '../read/fetch-pump.ts'
import type { HeldRecords } from '../read/partition-feed.ts'
import type { PartitionEvent, PartitionProgress } from './events.ts'
import { startPartitionWorker, type PartitionWorker } from './partition-worker.ts'

export interface RunPartitionsOptions {
  readonly client: KafkaClient
  readonly groupId: string
  readonly topic: string
  /** The transactional id of partition p is `<prefix>-<p>`: unique to this group and topic in the cluster. */
  readonly transactionalIdPrefix: string
  /** Every topic that handlers write in their transactions. */
  readonly writesTo: readonly string[]
  createHandler(partition: number): PartitionHandler
  readonly onEvent: (event: PartitionEvent) => void
  /** The group loop stopped for good: exit, and let the supervisor start the process again. */
  readonly onFatal: (error: KafkaError) => void
  /** Remembers the member id here, so that a restart need not wait for the dead process's session. Not shared by live processes. */
  readonly memberDirectory?: string
  readonly sessionTimeoutMs?: number
  readonly heartbeatIntervalMs?: number
  /** Partitions that were added to the topic are found within this: 20 s unless told. */
  readonly metadataMaxAgeMs?: number
  readonly transactionTimeoutMs?: number
  /** A handler gets at most this many records at once: the most one transaction commits. */
  readonly maxRecordsPerBatch?: number
  /** A batch that is not full comes no sooner than this after the one before: fewer transactions against a little latency. */
  readonly minBatchIntervalMs?: number
  /** Fetched and not yet handled, per partition: as it stands in memory. */
  readonly maxBufferedBytes?: number
  /** Handlers keep records after `onBatch`: then their bytes are their partition's own, for a copy of each. */
  readonly keepsRecords?: boolean
  /** Told what a partition holds so, whenever that changes; nothing when it is given away. */
  readonly onBuffered?: (partition: number, held: HeldRecords) => void
  readonly maxBytesPerPartition?: number
  readonly maxBytesPerFetch?: number
  readonly fetchMaxWaitMs?: number
  /** Pause after a fetch that was not full: larger batches against a little latency. */
  readonly fetchLingerMs?: number
}

export interface PartitionRun {
  progress(): ReadonlyMap<number, PartitionProgress>
  /** Hands the partitions over and leaves the group. */
  stop(): Promise<void>
}

/** Joins the group and works on whatever partitions it is given, each with its own handler and transactional producer. */
export async function runPartitions(options: RunPartitionsOptions): Promise<PartitionRun> {
  const { client, groupId, topic, onEvent } = options
  const workers = new Map<number, PartitionWorker>()
  /** Given away, handler not closed yet: a partition that comes back waits for that. */
  const releasing = new Map<number, Promise<void>>()
  let wanted: ReadonlySet<number> = new Set()
  let stopped = false
  const onTrouble = (error: KafkaError): void => onEvent({ kind: 'trouble', error })
  const pump = createFetchPump(
    client.openLink(),
    {
      maxWaitMs: options.fetchMaxWaitMs ?? 100,
      lingerMs: options.fetchLingerMs ?? 10,
      maxBytesPerPartition: options.maxBytesPerPartition ?? 1024 * 1024,
      maxBytesPerFetch: options.maxBytesPerFetch ?? 8 * 1024 * 1024,
      areKept: options.keepsRecords ?? false,
    },
    onTrouble,
  )

  function start(partition: number): void {
    if (stopped || !wanted.has(partition) || workers.has(partition) || releasing.has(partition)) return
    const worker = startPartitionWorker({
      client,
      pump,
      groupId,
      topic,
      partition,
      transactionalId: `${options.transactionalIdPrefix}-${partition}`,
      transactionTimeoutMs: options.transactionTimeoutMs ?? 10_000,
      writesTo: options.writesTo,
      feed: {
        maxRecordsPerBatch: options.maxRecordsPerBatch ?? 5_000,
        minBatchIntervalMs: options.minBatchIntervalMs ?? 25,
        maxBufferedBytes: options.maxBufferedBytes ?? 2 * 1024 * 1024,
        onBuffered: (held) => options.onBuffered?.(partition, held),
      },
      createHandler: () => options.createHandler(partition),
      onEvent,
      confirmMembership: async (signal) => (await membership).confirm(signal),
    })
    workers.set(partition, worker)
  }

  function release(partition: number, worker: PartitionWorker): void {
    workers.delete(partition)
    const done = worker.release().finally(() => {
      releasing.delete(partition)
      start(partition)
    })
    releasing.set(partition, done)
  }

  function onAssigned(partitions: readonly number[], memberId: string): void {
    if (stopped) return
    wanted = new Set(partitions)
    onEvent({ kind: 'assigned', partitions, memberId })
    for (const [partition, worker] of workers) if (!wanted.has(partition)) release(partition, worker)
    // Partitions that stay go on untouched. If another member had one in between, our epoch is dead and the next commit fails.
    for (const partition of wanted) start(partition)
  }

  const membership = joinGroup(client, {
    groupId,
    topic,
    sessionTimeoutMs: options.sessionTimeoutMs ?? 10_000,
    heartbeatIntervalMs: options.heartbeatIntervalMs ?? 500,
    metadataMaxAgeMs: options.metadataMaxAgeMs ?? 20_000,
    memo:
      options.memberDirectory === undefined ? undefined : openMemberMemo(options.memberDirectory, groupId),
    ownedPartitions: () => [...workers.keys()],
    onAssigned,
    onCrash: options.onFatal,
    onTrouble,
  })
  await membership

  return {
    progress: () => new Map([...workers].map(([partition, worker]) => [partition, worker.progress()])),
    stop: async () => {
      stopped = true
      for (const [partition, worker] of workers) release(partition, worker)
      await Promise.all(releasing.values())
      await (await membership).stop()
      await pump.close()
    },
  }
}
