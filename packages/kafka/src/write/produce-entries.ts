import { brokerError } from '../connection/internals.ts'
import type { ClusterLink } from '../connection/cluster-link.ts'
import { retryTransient } from '../connection/retry.ts'
import { produceCall, type ProduceAnswer, type ProduceEntry } from '../wire/produce.ts'

/**
 * Writes record batches of different partitions and returns when all are acknowledged by all in-sync replicas.
 *
 * What is sent again are the same bytes with the same sequence numbers, and only for partitions that have not answered yet, so a
 * broker that has them already says so. (The client's own send keeps its account by broker, not by partition: a leader
 * that moves in mid-send makes it lose or double records.)
 */
export async function produceEntries(
  link: ClusterLink,
  entries: readonly ProduceEntry[],
  options: {
    readonly transactionalId: string | null
    readonly deadlineMs: number
    readonly signal?: AbortSignal | undefined
  },
): Promise<void> {
  let pending = entries
  await retryTransient(
    async () => {
      const byLeader = new Map<number, ProduceEntry[]>()
      for (const entry of pending) {
        const leader = await link.leaderOf(entry.topic, entry.partition)
        const group = byLeader.get(leader)
        if (group === undefined) byLeader.set(leader, [entry])
        else group.push(entry)
      }
      const results = await Promise.allSettled(
        [...byLeader].map(([nodeId, group]) =>
          produceTo(link, { nodeId, group, transactionalId: options.transactionalId }),
        ),
      )
      const failures = results.flatMap((result) =>
        result.status === 'rejected' ? [{ entries: [], error: result.reason as unknown }] : result.value,
      )
      const done = new Set(
        results.flatMap((result, index) =>
          result.status === 'fulfilled' ? [...byLeader.values()][index]! : [],
        ),
      )
      for (const failure of failures) for (const entry of failure.entries) done.delete(entry)
      pending = pending.filter((entry) => !done.has(entry))
      if (failures.length > 0) throw failures[0]!.error
    },
    {
      doing: `Writing to ${[...new Set(entries.map((entry) => entry.topic))].join(', ')}`,
      deadlineMs: options.deadlineMs,
      signal: options.signal,
      beforeRetry: () => link.refresh(),
    },
  )
}

interface Failure {
  readonly entries: readonly ProduceEntry[]
  readonly error: unknown
}

/** One request to one leader; the partitions it refused. */
async function produceTo(
  link: ClusterLink,
  to: {
    readonly nodeId: number
    readonly group: readonly ProduceEntry[]
    readonly transactionalId: string | null
  },
): Promise<Failure[]> {
  const call = produceCall(to.group, { transactionalId: to.transactionalId, timeoutMs: BROKER_TIMEOUT_MS })
  const answers = (await link.send(to.nodeId, call)) as readonly ProduceAnswer[]
  return to.group.flatMap((entry) => {
    const answer = answers.find((a) => a.partition === entry.partition && a.topic === entry.topic)
    const errorCode = answer === undefined ? UNKNOWN_SERVER_ERROR : answer.errorCode
    if (errorCode === 0 || errorCode === DUPLICATE_SEQUENCE) return []
    return [{ entries: [entry], error: brokerError(errorCode) }]
  })
}

const BROKER_TIMEOUT_MS = 5_000
const UNKNOWN_SERVER_ERROR = -1
/** The broker has this batch already: an earlier attempt's answer was lost. */
const DUPLICATE_SEQUENCE = 46
