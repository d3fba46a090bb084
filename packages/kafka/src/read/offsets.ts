import type { ClientBroker } from '../connection/internals.ts'
import type { ClusterLink } from '../connection/cluster-link.ts'
import { retryTransient } from '../connection/retry.ts'
import { KafkaError } from '../errors.ts'
import type { CommittedPosition } from '../partition.ts'

export interface LogBounds {
  /** First offset still in the log. */
  readonly low: number
  /** Where committed readers stop: the first offset of the oldest open transaction, else `high`. */
  readonly stable: number
  /** One after the last record written. */
  readonly high: number
}

/** The bounds of one partition's log. Retries while brokers move, up to `timeoutMs`. */
export async function readLogBounds(
  link: ClusterLink,
  of: { readonly topic: string; readonly partition: number; readonly timeoutMs?: number },
): Promise<LogBounds> {
  const ask = (timestamp: number, isolationLevel: 0 | 1): Promise<number> =>
    listOffset(link, { ...of, timestamp, isolationLevel })
  // Stable before high: read the other way round, a record written in between would look like an open transaction.
  const stable = await ask(LATEST, 1)
  const high = await ask(LATEST, 0)
  return { low: await ask(EARLIEST, 0), stable, high }
}

/** Offset of the first record whose timestamp is at or after `timestampMs`; the log's end when there is none. */
export async function offsetAtTime(
  link: ClusterLink,
  of: { readonly topic: string; readonly partition: number; readonly timestampMs: number },
): Promise<number> {
  const offset = await listOffset(link, { ...of, timestamp: of.timestampMs, isolationLevel: 1 })
  return offset >= 0 ? offset : listOffset(link, { ...of, timestamp: LATEST, isolationLevel: 1 })
}

/** What a group committed for a partition. */
export async function readCommittedPosition(
  link: ClusterLink,
  of: { readonly groupId: string; readonly topic: string; readonly partition: number },
): Promise<CommittedPosition> {
  const doing = `Reading the position of ${of.groupId} on ${of.topic}/${of.partition}`
  return retryTransient(
    async () => {
      const coordinator = await link.coordinator('group', of.groupId)
      const { responses } = await coordinator.offsetFetch({
        groupId: of.groupId,
        topics: [{ topic: of.topic, partitions: [{ partition: of.partition }] }],
      })
      const found = responses[0]?.partitions[0]
      const offset = Number(found?.offset ?? -1)
      // -1 is "never committed". Anything lower was written by a client that resets positions, outside any transaction.
      if (offset < -1) throw new KafkaError('inconsistent', `${doing}: committed offset ${offset}`)
      return offset === -1 ? { offset: undefined, metadata: '' } : { offset, metadata: found?.metadata ?? '' }
    },
    { doing, deadlineMs: Date.now() + TIMEOUT_MS, beforeRetry: () => link.refresh() },
  )
}

async function listOffset(
  link: ClusterLink,
  of: {
    readonly topic: string
    readonly partition: number
    readonly timestamp: number
    readonly isolationLevel: 0 | 1
    readonly timeoutMs?: number
  },
): Promise<number> {
  return retryTransient(
    async () => {
      const broker: ClientBroker = await link.broker(await link.leaderOf(of.topic, of.partition))
      const { responses } = await broker.listOffsets({
        isolationLevel: of.isolationLevel,
        topics: [{ topic: of.topic, partitions: [{ partition: of.partition, timestamp: of.timestamp }] }],
      })
      const offset = responses[0]?.partitions[0]?.offset
      if (offset === undefined) throw new KafkaError('unavailable', 'The broker answered without an offset')
      return Number(offset)
    },
    {
      doing: `Reading the bounds of ${of.topic}/${of.partition}`,
      deadlineMs: Date.now() + (of.timeoutMs ?? TIMEOUT_MS),
      beforeRetry: () => link.refresh(),
    },
  )
}

const LATEST = -1
const EARLIEST = -2
const TIMEOUT_MS = 30_000
