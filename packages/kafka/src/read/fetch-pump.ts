import type { ClusterLink } from '../connection/cluster-link.ts'
import { brokerError } from '../connection/internals.ts'
import { isTransient, toKafkaError, type KafkaError } from '../errors.ts'
import { decodeRecordBatches, type DecodedBatches, wholeBatchesEnd } from '../wire/decode-batches.ts'
import { fetchCall, type FetchAnswer } from '../wire/fetch.ts'

export interface FetchLimits {
  /** A broker answers at once when it has anything, and after this long when it has nothing. */
  readonly maxWaitMs: number
  /** Pause after an answer that was not full, so that records gather: fewer, larger batches. */
  readonly lingerMs: number
  readonly maxBytesPerPartition: number
  readonly maxBytesPerFetch: number
  /** Records are kept for longer than a batch takes: so that one of them does not keep the whole answer, each partition gets its own bytes. */
  readonly areKept?: boolean
}

/** One partition being followed. */
export interface FetchTarget {
  readonly topic: string
  readonly partition: number
  /** Where to read on; `undefined` while it has no room for more. */
  wanted(): number | undefined
  /** Called for each answer, also with no records (then the position may still move, past transaction markers). */
  accept(fetched: Fetched): void
  /** Reading cannot go on (`out-of-range`, `damaged`). The target is removed first. */
  fail(error: KafkaError): void
}

export interface Fetched extends DecodedBatches {
  readonly fromOffset: number
  readonly highWatermark: number
  readonly stableOffset: number
}

export interface FetchPump {
  add(target: FetchTarget): void
  remove(target: FetchTarget): void
  /** Something changed (a target has room again): look whether there is something to fetch. */
  readonly wake: () => void
  close(): Promise<void>
}

/**
 * Follows many partitions with one outstanding request per broker, each for all partitions that have room. A slow reader of one
 * partition leaves the others alone. Uses the link's fetch connections for itself.
 */
export function createFetchPump(
  link: ClusterLink,
  limits: FetchLimits,
  onTrouble: (error: KafkaError) => void,
): FetchPump {
  const targets = new Set<FetchTarget>()
  /** Requests under way or pausing, by broker. */
  const busyNodes = new Set<number>()
  let planning = false
  let planAgain = false
  let recovering = false
  let closed = false
  let turn = 0

  function wake(): void {
    if (closed || planning) {
      planAgain = true
      return
    }
    planning = true
    planAgain = false
    void plan()
  }

  async function plan(): Promise<void> {
    const byNode = new Map<number, FetchTarget[]>()
    let trouble: unknown
    for (const target of targets) {
      if (target.wanted() === undefined) continue
      try {
        const nodeId = await link.leaderOf(target.topic, target.partition)
        if (busyNodes.has(nodeId)) continue
        const group = byNode.get(nodeId)
        if (group === undefined) byNode.set(nodeId, [target])
        else group.push(target)
      } catch (error) {
        // A partition without a leader must not hold up the others.
        trouble = error
      }
    }
    for (const [nodeId, group] of byNode) void fetchOnce(nodeId, group)
    planning = false
    if (trouble !== undefined && !recovering) {
      recovering = true
      void recover(trouble).then(() => {
        recovering = false
        wake()
      })
    }
    if (planAgain) wake()
  }

  /** Who has no room now may have some in a moment, and much to read: it must not wait until there is something new for the others. */
  function waitMs(): number {
    for (const target of targets) {
      if (target.wanted() === undefined) return Math.min(limits.maxWaitMs, CROWDED_WAIT_MS)
    }
    return limits.maxWaitMs
  }

  async function fetchOnce(nodeId: number, group: readonly FetchTarget[]): Promise<void> {
    busyNodes.add(nodeId)
    try {
      const entries = group.flatMap((target) => {
        const offset = targets.has(target) ? target.wanted() : undefined
        if (offset === undefined) return []
        return [
          {
            target,
            topic: target.topic,
            partition: target.partition,
            offset,
            maxBytes: limits.maxBytesPerPartition,
          },
        ]
      })
      if (entries.length > 0) {
        // Brokers fill an answer in the order asked: whoever has always much must not always come first.
        const first = turn++ % entries.length
        const inTurn = [...entries.slice(first), ...entries.slice(0, first)]
        const call = fetchCall(inTurn, { maxWaitMs: waitMs(), maxBytes: limits.maxBytesPerFetch })
        const answers = (await link.send(nodeId, call)) as readonly FetchAnswer[]
        let bytes = 0
        let trouble: unknown
        for (const answer of answers) {
          const entry = entries.find((e) => e.partition === answer.partition && e.topic === answer.topic)
          if (entry === undefined) continue
          bytes += answer.batches.length
          trouble = deliver(answer, entry.target, entry.offset) ?? trouble
        }
        if (trouble !== undefined) await recover(trouble)
        else if (bytes > 0 && bytes < limits.maxBytesPerPartition && limits.lingerMs > 0)
          await pause(limits.lingerMs)
      }
    } catch (error) {
      await recover(error)
    } finally {
      busyNodes.delete(nodeId)
      wake()
    }
  }

  /** Returns an error worth a refresh of the metadata. */
  function deliver(answer: FetchAnswer, target: FetchTarget, fromOffset: number): unknown {
    if (!targets.has(target) || target.wanted() !== fromOffset) return undefined
    try {
      if (answer.errorCode !== 0) throw brokerError(answer.errorCode)
      const decoded = decodeRecordBatches(
        limits.areKept === true ? ownBytes(answer.batches) : answer.batches,
        {
          partition: answer.partition,
          fromOffset,
          aborted: answer.aborted,
        },
      )
      target.accept({
        ...decoded,
        fromOffset,
        highWatermark: answer.highWatermark,
        stableOffset: answer.lastStableOffset,
      })
      return undefined
    } catch (error) {
      const kafkaError = toKafkaError(error, `Reading ${target.topic}/${target.partition} at ${fromOffset}`)
      if (isTransient(error) || kafkaError.retryable) return error
      targets.delete(target)
      target.fail(kafkaError)
      return undefined
    }
  }

  async function recover(error: unknown): Promise<void> {
    if (closed) return
    onTrouble(toKafkaError(error, 'Fetching'))
    await pause(TROUBLE_PAUSE_MS)
    try {
      await link.refresh()
    } catch (refreshError) {
      onTrouble(toKafkaError(refreshError, 'Refreshing metadata'))
    }
  }

  return {
    add: (target) => {
      targets.add(target)
      wake()
    },
    remove: (target) => {
      targets.delete(target)
    },
    wake,
    close: async () => {
      closed = true
      targets.clear()
      await link.close()
    },
  }
}

/** The whole batches of a part, without the rest of the answer. */
function ownBytes(part: Buffer): Buffer {
  const whole = part.subarray(0, wholeBatchesEnd(part))
  return whole.length * NEARLY_ALL >= whole.buffer.byteLength ? whole : Buffer.from(whole)
}

/** An answer that is larger by less than a seventh is not worth a copy. */
const NEARLY_ALL = 8 / 7

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

const TROUBLE_PAUSE_MS = 150
const CROWDED_WAIT_MS = 20
