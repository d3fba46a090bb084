import type { OutputBatch } from '@meterline/topology'

import type { ClusterLink } from '../connection/cluster-link.ts'
import { retryTransient, type RetryLimits } from '../connection/retry.ts'
import { isTransient, wasAnswered } from '../errors.ts'
import type { ProducerIdentity } from '../wire/record-batch.ts'

/** Who asks: the id, and the epoch in which it is its owner. */
export interface TransactionRef extends ProducerIdentity {
  readonly transactionalId: string
}

export interface GroupPosition {
  readonly groupId: string
  readonly topic: string
  readonly partition: number
  /** The next offset to read. */
  readonly offset: number
  readonly metadata: string
}

/** How often and how long one request is tried. */
type RequestLimits = (doing: string, deadlineMs: number) => RetryLimits

/** What a transaction asks its coordinators, each until it is answered or the deadline has passed. In which order is the writer's to say. */
export interface TransactionRequests {
  /** A new epoch: whoever had one before is fenced. */
  initialize(
    of: { readonly transactionalId: string; readonly transactionTimeoutMs: number },
    deadlineMs: number,
  ): Promise<ProducerIdentity>
  registerPartitions(ref: TransactionRef, outputs: readonly OutputBatch[], deadlineMs: number): Promise<void>
  registerGroup(ref: TransactionRef, groupId: string, deadlineMs: number): Promise<void>
  writePosition(ref: TransactionRef, position: GroupPosition, deadlineMs: number): Promise<void>
  /** Sent once and never again: a second end that is delayed on the way could end the next transaction. */
  commit(ref: TransactionRef): Promise<void>
}

export function createTransactionRequests(link: ClusterLink, limits: RequestLimits): TransactionRequests {
  const coordinatorOf = ({ transactionalId }: { readonly transactionalId: string }) =>
    link.coordinator('transaction', transactionalId)

  return {
    initialize: (of, deadlineMs) =>
      retryTransient(
        async () => {
          const coordinator = await coordinatorOf(of)
          const { producerId, producerEpoch } = await coordinator.initProducerId({
            transactionalId: of.transactionalId,
            transactionTimeout: of.transactionTimeoutMs,
          })
          return { producerId: Number(producerId), producerEpoch }
        },
        limits('Taking over the transactions', deadlineMs),
      ),

    async registerPartitions(ref, outputs, deadlineMs) {
      if (outputs.length === 0) return
      const topics = [...Map.groupBy(outputs, (output) => output.topic)].map(([topic, batches]) => ({
        topic,
        partitions: [...new Set(batches.map((batch) => batch.partition))],
      }))
      await retryTransient(
        async () => {
          const coordinator = await coordinatorOf(ref)
          await coordinator.addPartitionsToTxn({ ...ref, topics })
        },
        limits('Registering partitions', deadlineMs),
      )
    },

    async registerGroup(ref, groupId, deadlineMs) {
      await retryTransient(
        async () => {
          const coordinator = await coordinatorOf(ref)
          await coordinator.addOffsetsToTxn({ ...ref, groupId })
        },
        limits('Registering the group', deadlineMs),
      )
    },

    async writePosition(ref, { groupId, topic, partition, offset, metadata }, deadlineMs) {
      await retryTransient(
        async () => {
          const coordinator = await link.coordinator('group', groupId)
          const partitions = [{ partition, offset: String(offset), metadata }]
          await coordinator.txnOffsetCommit({ ...ref, groupId, topics: [{ topic, partitions }] })
        },
        {
          ...limits('Writing the position', deadlineMs),
          // Without an answer never again: the first copy, late on its way, would move the position back in a later transaction.
          mayRetry: (error) => isTransient(error) && wasAnswered(error),
        },
      )
    },

    async commit(ref) {
      const coordinator = await coordinatorOf(ref)
      await coordinator.endTxn({ ...ref, transactionResult: true })
    },
  }
}
