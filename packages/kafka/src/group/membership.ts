import type { KafkaClient } from '../connection/client.ts'
import { retryTransient } from '../connection/retry.ts'
import { toKafkaError, type KafkaError } from '../errors.ts'
import { leaveGroup, type MemberMemo } from './member-memo.ts'
import { createStickyAssigner } from './sticky-assigner.ts'

export interface MembershipOptions {
  readonly groupId: string
  readonly topic: string
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  /** Partitions that were added are found within this. */
  readonly metadataMaxAgeMs: number
  readonly memo: MemberMemo | undefined
  readonly ownedPartitions: () => readonly number[]
  /** Called at each join with all partitions of this member: what is not among them was given to another. */
  onAssigned(partitions: readonly number[], memberId: string): void
  /** The client's group loop stopped for good. */
  onCrash(error: KafkaError): void
  onTrouble(error: KafkaError): void
}

export interface Membership {
  /** Resolves when the group has confirmed this member once more: at the next heartbeat it accepts, or after the next join. */
  confirm(signal: AbortSignal): Promise<void>
  stop(): Promise<void>
}

/**
 * Membership in a consumer group, and nothing else: the client's consumer joins, heartbeats and rejoins, with every partition
 * paused for ever. Records are fetched by `createFetchPump` instead, because in the client one slow handler holds up its broker's
 * other partitions and every join, an offset out of range is silently reset, and a moved leader rejoins the group.
 */
export async function joinGroup(client: KafkaClient, options: MembershipOptions): Promise<Membership> {
  const { topic, groupId, memo } = options
  let memberId: string | undefined
  let waiting: (() => void)[] = []
  const consumer = client.kafka.consumer({
    groupId,
    sessionTimeout: options.sessionTimeoutMs,
    rebalanceTimeout: options.sessionTimeoutMs,
    heartbeatInterval: options.heartbeatIntervalMs,
    // The group loop compares what it was given with what there is, and joins anew.
    metadataMaxAge: options.metadataMaxAgeMs,
    // With everything paused this is how long the group loop sleeps between looks at the heartbeat clock.
    maxWaitTimeInMs: Math.min(LOOP_SLEEP_MS, options.heartbeatIntervalMs),
    partitionAssigners: [createStickyAssigner(topic, options.ownedPartitions)],
    // A dead coordinator makes the loop give up after about two seconds and start again, with a fresh look-up.
    retry: { initialRetryTime: 50, maxRetryTime: 300, retries: 10 },
  })
  const confirmed = (): void => {
    const resolved = waiting
    waiting = []
    for (const resolve of resolved) resolve()
  }

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    // Synchronous, before the first fetch of the new generation: nothing is ever fetched here.
    memberId = payload.memberId
    const partitions = (payload.memberAssignment[topic] ?? []).map(Number)
    if (partitions.length > 0) consumer.pause([{ topic, partitions }])
    memo
      ?.write(payload.memberId)
      .catch((error: unknown) => options.onTrouble(toKafkaError(error, 'Remembering the member id')))
    options.onAssigned(partitions, payload.memberId)
    confirmed()
  })
  consumer.on(consumer.events.HEARTBEAT, confirmed)
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    const error = toKafkaError(payload.error, `Membership in ${groupId}`)
    if (!payload.restart) return options.onCrash(error)
    options.onTrouble(error)
    // The client forgets its member id here, but the group does not: leave for it, or the new member waits for its session.
    if (memberId === undefined) return
    leaveGroup(client.reads, { groupId, memberId }).catch((e: unknown) =>
      options.onTrouble(toKafkaError(e, 'Leaving')),
    )
  })

  await retryTransient(
    async () => {
      await consumer.connect()
      await consumer.subscribe({ topics: [topic], fromBeginning: true })
    },
    { doing: `Connecting to join ${groupId}`, deadlineMs: Date.now() + START_TIMEOUT_MS },
  )
  await memo
    ?.leaveForFormerSelf(client.reads)
    .catch((error: unknown) => options.onTrouble(toKafkaError(error, 'Leaving for the former self')))
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    eachBatch: async () => {
      throw new TypeError('the membership consumer must never fetch')
    },
  })

  return {
    confirm: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error)
        const give = (): void => {
          signal.removeEventListener('abort', end)
          resolve()
        }
        const end = (): void => {
          waiting = waiting.filter((each) => each !== give)
          reject(signal.reason as Error)
        }
        waiting.push(give)
        signal.addEventListener('abort', end, { once: true })
      }),
    stop: () => consumer.disconnect(),
  }
}

/** A process may be started before its brokers are. */
const START_TIMEOUT_MS = 60_000
const LOOP_SLEEP_MS = 100
