import {
  type KafkaClient,
  readCommittedPositions,
  readLog,
  readLogBounds,
  readLogEnds,
} from '@meterline/kafka'

import { MeteredMarks, type Offsets } from './metered-marks.ts'

/** How often meter's positions are looked at. */
const LOOK_INTERVAL_MS = 150
/** A position that rests this long before the end may have nothing but markers of transactions before it. */
const RESTING_MS = 1_500
/** More than that is no rest. */
const MAX_MARKERS = 1_000

export interface MeteredWatchOptions {
  readonly client: KafkaClient
  readonly spendTopic: string
  readonly usageTopic: string
  /** The consumer group of meter. */
  readonly meterGroup: string
  /** Partitions of spend.delta that burn holds in this process, now. None: there is nothing to watch. */
  readonly heldPartitions: () => Iterable<number>
  /** A look failed. Nothing is lost: what is not known to be metered stays counted as lent. */
  readonly onTrouble: (error: unknown) => void
}

export interface MeteredWatch {
  meteredOffset(partition: number): number | undefined
  stop(): Promise<void>
}

/** Follows how far meter has come, so that the ticks can say it to the owners of leases. */
export function watchMetered(options: MeteredWatchOptions): MeteredWatch {
  const marks = new MeteredMarks()
  let sinceMs = 0
  let looking: Promise<void> | undefined

  const look = async (): Promise<void> => {
    const held = [...options.heldPartitions()]
    if (held.length === 0) return marks.forget()
    if (!marks.isPending) {
      const { reads } = options.client
      const spendEnds = await readLogEnds(reads, { topic: options.spendTopic, partitions: held })
      const partitions = await reads.partitionsOf(options.usageTopic)
      marks.begin(spendEnds, await readLogEnds(reads, { topic: options.usageTopic, partitions }))
      sinceMs = performance.now()
    }
    const positions = await positionsOf(options)
    const behind = marks.behind(positions)
    const rests = performance.now() - sinceMs > RESTING_MS
    if (behind.size === 0 || (rests && (await areEmpty(options, positions, behind)))) marks.reached()
  }
  const timer = setInterval(() => {
    looking ??= look()
      .catch((error: unknown) => {
        marks.forget()
        options.onTrouble(error)
      })
      .finally(() => {
        looking = undefined
      })
  }, LOOK_INTERVAL_MS)

  return {
    meteredOffset: (partition) => marks.meteredOffset(partition),
    async stop() {
      clearInterval(timer)
      await looking
    },
  }
}

/** Where nothing was ever committed, from the beginning. */
async function positionsOf({ client, usageTopic: topic, meterGroup }: MeteredWatchOptions): Promise<Offsets> {
  const partitions = await client.reads.partitionsOf(topic)
  const committed = await readCommittedPositions(client.reads, { groupId: meterGroup, topic, partitions })
  return new Map([...committed].map(([partition, { offset }]) => [partition, offset ?? 0]))
}

/** Whether what is left holds no record: meter's position stays before the marker of a producer's transaction. */
async function areEmpty(
  { client, usageTopic: topic }: MeteredWatchOptions,
  positions: Offsets,
  behind: ReadonlyMap<number, number>,
): Promise<boolean> {
  for (const [partition, end] of behind) {
    const bounds = await readLogBounds(client.reads, { topic, partition })
    const from = Math.max(positions.get(partition) ?? 0, bounds.low)
    // Before the end of an open transaction nobody knows what it holds.
    if (bounds.stable < end || end - from > MAX_MARKERS) return false
    if (from >= end) continue
    for await (const _ of readLog(client, { topic, partition, fromOffset: from, to: end - 1 })) return false
  }
  return true
}
