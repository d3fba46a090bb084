import type { LogRecord, OutputMessage } from '@meterline/topology'

import { encodeRecordBatch } from '../../../../packages/kafka/src/wire/encode-batch.ts'
import type { Faults } from '../faults/faults.ts'
import type { VirtualTime } from '../time/virtual-time.ts'
import type { Trace } from '../trace.ts'
import { decisionMessage } from './decision-message.ts'
import { refused } from './errors.ts'
import { TRANSACTIONS_TOPIC } from '../../../../packages/kafka/src/write/transaction-decisions.ts'
import { POSITIONS_TOPIC } from '../../../../packages/kafka/src/write/transaction-writer.ts'
import { PartitionLog } from './partition-log.ts'
import { type GroupOffset, Transactions } from './transactions.ts'

/** Ways to break the cluster, to see that the oracle notices. */
export interface KafkaBreakage {
  /** Epochs are not raised: whoever had the partition goes on writing. */
  readonly noFencing?: boolean
  /** Readers see what is not committed, and what was aborted. */
  readonly readUncommitted?: boolean
  /** Nobody learns of transactions whose markers were lost. */
  readonly hidesOpenTransactions?: boolean
}

export interface SimKafkaOptions {
  readonly time: VirtualTime
  readonly faults: Faults
  readonly trace: Trace
  readonly topics: Readonly<Record<string, number>>
  readonly breakage: KafkaBreakage
}

const MAX_MARKER_DELAY_MS = 40

/** The cluster: logs, the transaction coordinator, and what groups have committed. Membership is `SimGroup`'s. */
export class SimKafka {
  readonly transactions: Transactions
  readonly #logs = new Map<string, PartitionLog>()
  readonly #committed = new Map<string, GroupOffset>()
  readonly #topics: Readonly<Record<string, number>>
  readonly #time: VirtualTime
  readonly hidesOpenTransactions: boolean
  /** Brokers killed in mid-transaction: each time, whoever was connected finds itself cut off. */
  restarts = 0

  constructor({ time, faults, trace, topics, breakage }: SimKafkaOptions) {
    this.#time = time
    this.hidesOpenTransactions = breakage.hidesOpenTransactions === true
    this.#topics = { ...topics, [TRANSACTIONS_TOPIC]: 1 }
    for (const [topic, partitions] of Object.entries(this.#topics)) {
      for (let partition = 0; partition < partitions; partition++) {
        const log = new PartitionLog(partition, { isolated: breakage.readUncommitted !== true })
        this.#logs.set(keyOf(topic, partition), log)
      }
    }
    this.transactions = new Transactions({
      fences: breakage.noFencing !== true,
      mark: ({ key, producerId, epoch }, outcome) => {
        trace.add('kafka', () => `${outcome} marker of producer ${producerId} in ${key}`)
        this.#logs.get(key)?.mark(producerId, epoch, outcome)
      },
      commitOffset: (offset) => {
        trace.add('kafka', () => `${offset.groupId} stands at ${placeOf(offset)} "${offset.metadata}"`)
        this.#committed.set(placeKey(offset), offset)
      },
      losesMarkers: (transactionalId) => {
        const loses = faults.losesMarkers(transactionalId)
        if (loses !== 'none') this.restarts += 1
        return loses
      },
      coin: () => faults.chance(0.5),
      decided: ({ transactionalId, producerId, producerEpoch, outcome }) => {
        const message = decisionMessage(transactionalId, { producerId, producerEpoch, outcome })
        this.write(TRANSACTIONS_TOPIC, 0, [message])
      },
      later: (call) => time.after(faults.between(0, MAX_MARKER_DELAY_MS), call),
      after: (ms, call) => time.after(ms, call),
    })
  }

  partitionsOf(topic: string): number[] {
    if (topic === POSITIONS_TOPIC) return [0]
    return Array.from({ length: this.#topics[topic] ?? 0 }, (_, partition) => partition)
  }

  log(topic: string, partition: number): PartitionLog {
    const log = this.#logs.get(keyOf(topic, partition))
    if (log === undefined) throw refused.unknownPartition()
    return log
  }

  committed(place: Pick<GroupOffset, 'groupId' | 'topic' | 'partition'>): GroupOffset | undefined {
    return this.#committed.get(placeKey(place))
  }

  committedPlaces(): readonly GroupOffset[] {
    return [...this.#committed.values()]
  }

  /** What a producer without transactions writes; from outside of the system under test. */
  write(topic: string, partition: number, messages: readonly OutputMessage[]): void {
    const header = { producerId: -1, producerEpoch: -1, baseSequence: -1, transactional: false }
    this.log(topic, partition).append(encodeRecordBatch(messages, { ...header, nowMs: this.#time.nowMs }))
  }

  /** All committed records of a topic. */
  records(topic: string): LogRecord[] {
    return this.partitionsOf(topic).flatMap((partition) => [...this.log(topic, partition).records()])
  }

  openTransactions(): string[] {
    const logs = [...this.#logs].filter(([, log]) => log.hasOpenTransaction()).map(([key]) => key)
    return [...this.transactions.openIds(), ...logs]
  }
}

export const keyOf = (topic: string, partition: number): string => `${topic} ${partition}`

const placeKey = ({
  groupId,
  topic,
  partition,
}: Pick<GroupOffset, 'groupId' | 'topic' | 'partition'>): string => `${groupId} ${topic} ${partition}`

const placeOf = ({ topic, partition, offset }: GroupOffset): string => `${topic}/${partition}@${offset}`
