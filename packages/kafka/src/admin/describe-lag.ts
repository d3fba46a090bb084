import type { KafkaClient } from '../connection/client.ts'
import { retryTransient } from '../connection/retry.ts'
import { readCommittedPositions, readLogBounds } from '../read/offsets.ts'
import { readLog } from '../read/read-log.ts'

export interface PartitionLag {
  readonly partition: number
  /** The committed position; `undefined` when the group never committed. */
  readonly position: number | undefined
  readonly end: number
  /**
   * Committed records not yet handled. Exact up to `maxCounted` offsets behind; beyond that the distance in offsets, which
   * counts transaction markers and aborted records too.
   */
  readonly lagRecords: number
}

/** How far a group is behind, in data records: after a transaction a group's position rests before its marker with nothing to do. */
export async function describeLag(
  client: KafkaClient,
  of: { readonly groupId: string; readonly topic: string; readonly maxCounted?: number },
): Promise<PartitionLag[]> {
  const partitions = await retryTransient(() => client.reads.partitionsOf(of.topic), {
    doing: `Reading the partitions of ${of.topic}`,
    deadlineMs: Date.now() + TIMEOUT_MS,
    beforeRetry: () => client.reads.refresh(),
  })
  const positions = await readCommittedPositions(client.reads, { ...of, partitions })
  return Promise.all(
    partitions.map((partition) =>
      lagOf(client, { ...of, partition, position: positions.get(partition)?.offset }),
    ),
  )
}

async function lagOf(
  client: KafkaClient,
  of: {
    readonly topic: string
    readonly partition: number
    readonly position: number | undefined
    readonly maxCounted?: number
  },
): Promise<PartitionLag> {
  const { partition, position } = of
  const { low, stable } = await readLogBounds(client.reads, of)
  const from = Math.max(position ?? low, low)
  const distance = Math.max(0, stable - from)
  if (distance === 0 || distance > (of.maxCounted ?? MAX_COUNTED)) {
    return { partition, position, end: stable, lagRecords: distance }
  }
  let lagRecords = 0
  const range = { topic: of.topic, partition, fromOffset: from, to: stable - 1 }
  for await (const records of readLog(client, range)) lagRecords += records.length
  return { partition, position, end: stable, lagRecords }
}

const TIMEOUT_MS = 10_000
const MAX_COUNTED = 1_000
