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

/**
 * One after the last record written, partition by partition: a request to each leader, however many partitions it leads. Who asks often
 * asks this way: a broker spends as much on a question about one partition as on one about all.
 */
export async function readLogEnds(
  link: ClusterLink,
  of: { readonly topic: string; readonly partitions: readonly number[] },
): Promise<Map<number, number>> {
  return listOffsets(link, { ...of, timestamp: LATEST, isolationLevel: 0 })
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
  const { groupId, topic, partition } = of
  const positions = await readCommittedPositions(link, { groupId, topic, partitions: [partition] })
  return positions.get(partition) ?? NEVER_COMMITTED
}

/** What a group committed for each of these partitions, in one request. */
export async function readCommittedPositions(
  link: ClusterLink,
  of: { readonly groupId: string; readonly topic: string; readonly partitions: readonly number[] },
): Promise<Map<number, CommittedPosition>> {
  const { groupId, topic } = of
  const doing = `Reading the positions of ${groupId} on ${partitionsText(of)}`
  return retryTransient(
    async () => {
      const coordinator = await link.coordinator('group', groupId)
      const partitions = of.partitions.map((partition) => ({ partition }))
      const { responses } = await coordinator.offsetFetch({ groupId, topics: [{ topic, partitions }] })
      const found = new Map(responses[0]?.partitions.map((each) => [each.partition, each]))
      return new Map(
        of.partitions.map((partition) => {
          const { offset: text = '-1', metadata } = found.get(partition) ?? {}
          const offset = Number(text)
          // -1 is "never committed". Anything lower was written by a client that resets positions, outside any transaction.
          if (offset < -1) {
            throw new KafkaError('inconsistent', `${doing}: committed offset ${offset} on ${partition}`)
          }
          return [partition, offset === -1 ? NEVER_COMMITTED : { offset, metadata: metadata ?? '' }] as const
        }),
      )
    },
    { doing, deadlineMs: Date.now() + TIMEOUT_MS, beforeRetry: () => link.refresh() },
  )
}

interface OffsetQuestion {
  readonly topic: string
  readonly timestamp: number
  readonly isolationLevel: 0 | 1
  readonly timeoutMs?: number
}

async function listOffset(
  link: ClusterLink,
  { partition, ...of }: OffsetQuestion & { readonly partition: number },
): Promise<number> {
  const offsets = await listOffsets(link, { ...of, partitions: [partition] })
  return offsets.get(partition) ?? noOffset(of.topic, partition)
}

async function listOffsets(
  link: ClusterLink,
  of: OffsetQuestion & { readonly partitions: readonly number[] },
): Promise<Map<number, number>> {
  return retryTransient(
    async () => {
      const leaders = await Promise.all(of.partitions.map((partition) => link.leaderOf(of.topic, partition)))
      const byLeader = Map.groupBy(of.partitions, (_, at) => leaders[at] ?? -1)
      const answers = await Promise.all(
        [...byLeader].map(([leader, partitions]) => askLeader(link, leader, { ...of, partitions })),
      )
      return new Map(answers.flat())
    },
    {
      doing: `Reading the bounds of ${partitionsText(of)}`,
      deadlineMs: Date.now() + (of.timeoutMs ?? TIMEOUT_MS),
      beforeRetry: () => link.refresh(),
    },
  )
}

async function askLeader(
  link: ClusterLink,
  leader: number,
  of: OffsetQuestion & { readonly partitions: readonly number[] },
): Promise<(readonly [number, number])[]> {
  const { topic, timestamp, isolationLevel } = of
  const broker: ClientBroker = await link.broker(leader)
  const partitions = of.partitions.map((partition) => ({ partition, timestamp }))
  const { responses } = await broker.listOffsets({ isolationLevel, topics: [{ topic, partitions }] })
  const found = new Map(responses[0]?.partitions.map(({ partition, offset }) => [partition, offset]))
  return of.partitions.map((partition) => {
    const offset = found.get(partition) ?? noOffset(topic, partition)
    return [partition, Number(offset)] as const
  })
}

function noOffset(topic: string, partition: number): never {
  throw new KafkaError('unavailable', `The broker answered without an offset for ${topic}/${partition}`)
}

function partitionsText(of: { readonly topic: string; readonly partitions: readonly number[] }): string {
  return `${of.topic}/${of.partitions.join(',')}`
}

const NEVER_COMMITTED: CommittedPosition = { offset: undefined, metadata: '' }
const LATEST = -1
const EARLIEST = -2
const TIMEOUT_MS = 30_000
