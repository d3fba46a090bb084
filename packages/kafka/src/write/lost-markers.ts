import type { ClusterLink } from '../connection/cluster-link.ts'
import { brokerError } from '../connection/internals.ts'
import { retryTransient } from '../connection/retry.ts'
import { errorType, KafkaError } from '../errors.ts'
import {
  DESCRIBE_PRODUCERS,
  describeProducersCall,
  type PartitionProducers,
  type ProducerState,
} from '../wire/describe-producers.ts'
import type { TopicPartitions } from '../wire/flexible-call.ts'
import type { ProducerIdentity } from '../wire/record-batch.ts'
import { readDecisions, type Decision } from './transaction-decisions.ts'
import { WRITE_TXN_MARKERS, writeMarkerCall } from '../wire/write-markers.ts'

/**
 * Writes the markers that Kafka has lost.
 *
 * `commit` is answered when the coordinator has written down that the transaction is committed; each partition learns of it afterwards, by a
 * marker. A broker that is killed in between sends the markers at its next start, to the leaders that it knows. But while it registers anew, a
 * partition whose only replica it holds has no leader; the coordinator takes such a partition for deleted, leaves its marker out,
 * and calls the transaction complete (Kafka 4.3.1, `TransactionMarkerChannelManager`: "likely deleted already and hence can be skipped").
 * Then readers of what is committed wait there for ever, and a position that was committed is not: the work that was done would
 * be done a second time.
 *
 * So whoever has fenced the former owner looks for what this producer id has open: that is nobody's. And an owner that goes on itself
 * looks once it has lost a connection: as part of its next transaction the last one could still be rolled back, and without a next one
 * its readers would wait.
 *
 * @throws KafkaError `inconsistent` where it is not known how the transaction ended, or Kafka does not let us say it.
 */
export async function writeLostMarkers(
  link: ClusterLink,
  of: {
    readonly transactionalId: string
    readonly identity: ProducerIdentity
    readonly topics: readonly string[]
    /** Not after a fence, but after a commit of this identity's own. */
    readonly isLast?: boolean
  },
  within: MarkerLimits,
): Promise<void> {
  const { transactionalId, identity, isLast = false } = of
  const doing = `Looking for open transactions of ${transactionalId}`
  const lost = await retryTransient(() => openTransactions(link, of), { ...within, doing })
  if (lost.length === 0) return
  const decisions = isLast
    ? [{ ...identity, outcome: 'commit' as const }]
    : await retryTransient(() => decisionsFor(link, { transactionalId, signal: within.signal }), {
        ...within,
        doing: `Reading how transactions of ${transactionalId} ended`,
      })
  for (const open of lost) {
    const decision = decisions.findLast((each) => isOf(each, open.state))
    if (decision === undefined) throw refused(transactionalId, open, 'it is not known how it ended')
    await retryTransient(() => writeMarker(link, { transactionalId, open, outcome: decision.outcome }), {
      ...within,
      doing: `Ending a transaction of ${transactionalId} in ${open.topic}/${open.partition}`,
    })
  }
}

/** None where this account may not read them. */
async function decisionsFor(link: ClusterLink, of: Parameters<typeof readDecisions>[1]): Promise<Decision[]> {
  try {
    return await readDecisions(link, of)
  } catch (error) {
    if (errorType(error) === 'TOPIC_AUTHORIZATION_FAILED') return []
    throw error
  }
}

export interface MarkerLimits {
  readonly deadlineMs: number
  readonly signal: AbortSignal
  readonly beforeRetry: (error: unknown) => Promise<void>
}

interface OpenTransaction {
  readonly topic: string
  readonly partition: number
  readonly state: ProducerState
}

async function openTransactions(
  link: ClusterLink,
  of: {
    readonly identity: ProducerIdentity
    readonly topics: readonly string[]
    readonly isLast?: boolean
  },
): Promise<OpenTransaction[]> {
  const byLeader = new Map<number, Map<string, number[]>>()
  for (const topic of new Set(of.topics)) {
    for (const partition of await partitionsThatMayBeSeen(link, topic)) {
      const leader = await link.leaderOf(topic, partition)
      const topics = byLeader.get(leader) ?? new Map<string, number[]>()
      byLeader.set(leader, topics)
      topics.set(topic, [...(topics.get(topic) ?? []), partition])
    }
  }
  const found = await Promise.all(
    [...byLeader].map(([nodeId, topics]) =>
      producersAt(link, {
        nodeId,
        topics: [...topics].map(([topic, partitions]) => ({ topic, partitions })),
      }),
    ),
  )
  const { producerId, producerEpoch } = of.identity
  // What has a later epoch is a later owner's, and its work may be under way.
  const isLost = ({ openSince, ...state }: ProducerState): boolean =>
    openSince >= 0 &&
    state.producerId === producerId &&
    (of.isLast === true ? state.producerEpoch === producerEpoch : state.producerEpoch < producerEpoch)
  return found.flat().flatMap(({ topic, partition, errorCode, producers }) => {
    if (errorCode === NOT_ALLOWED) return []
    if (errorCode !== 0) throw brokerError(errorCode)
    return producers.filter(isLost).map((state) => ({ topic, partition, state }))
  })
}

/** With the least rights an account cannot see the groups' positions; then Kafka's own are left to Kafka. */
async function partitionsThatMayBeSeen(link: ClusterLink, topic: string): Promise<readonly number[]> {
  try {
    return await link.partitionsOf(topic)
  } catch (error) {
    if (errorType(error) === 'TOPIC_AUTHORIZATION_FAILED') return []
    throw error
  }
}

async function producersAt(
  link: ClusterLink,
  { nodeId, topics }: { readonly nodeId: number; readonly topics: readonly TopicPartitions[] },
): Promise<readonly PartitionProducers[]> {
  const { versions } = await link.broker(nodeId)
  if (!isSupported(versions, DESCRIBE_PRODUCERS)) return []
  return (await link.send(nodeId, describeProducersCall(topics))) as readonly PartitionProducers[]
}

function isOf({ producerId, producerEpoch, outcome }: Decision, open: ProducerState): boolean {
  if (producerId !== open.producerId) return false
  return (
    producerEpoch === open.producerEpoch || (outcome === 'abort' && producerEpoch - 1 === open.producerEpoch)
  )
}

async function writeMarker(
  link: ClusterLink,
  of: {
    readonly transactionalId: string
    readonly open: OpenTransaction
    readonly outcome: 'commit' | 'abort'
  },
): Promise<void> {
  const { open, outcome } = of
  const { topic, partition, state } = open
  const nodeId = await link.leaderOf(topic, partition)
  const { versions } = await link.broker(nodeId)
  if (!isSupported(versions, WRITE_TXN_MARKERS))
    throw refused(of.transactionalId, open, 'this Kafka is too old')
  const errorCode = (await link.send(
    nodeId,
    writeMarkerCall({
      ...state,
      topic,
      partition,
      outcome,
      coordinatorEpoch: Math.max(0, state.coordinatorEpoch),
    }),
  )) as number
  if (errorCode === CLUSTER_NOT_ALLOWED)
    throw refused(
      of.transactionalId,
      open,
      `its ${outcome} is not ours to write: this account may not alter the cluster`,
    )
  if (errorCode !== 0) throw brokerError(errorCode)
}

function refused(
  transactionalId: string,
  { topic, partition, state }: OpenTransaction,
  why: string,
): KafkaError {
  return new KafkaError(
    'inconsistent',
    `${topic}/${partition} has a transaction of ${transactionalId} open since offset ${state.openSince}, whose end Kafka lost, and ${why}. docs/reliability.md says how to find out, and what to do then`,
  )
}

function isSupported(
  versions: Readonly<Record<number, unknown>> | null | undefined,
  apiKey: number,
): boolean {
  return versions == null || versions[apiKey] !== undefined
}

/** TOPIC_AUTHORIZATION_FAILED */
const NOT_ALLOWED = 29
/** CLUSTER_AUTHORIZATION_FAILED */
const CLUSTER_NOT_ALLOWED = 31
