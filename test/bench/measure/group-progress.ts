import { readLogBounds } from '@meterline/kafka'
import type { Admin } from 'kafkajs'

import type { BenchStack } from '../stack/bench-stack.ts'
import { committedOffsets } from './committed.ts'

export interface GroupProgress {
  /** Offsets committed since the start. */
  done(): Promise<number>
  /** Offsets that were waiting at the start. */
  readonly total: number
}

/**
 * How far a group comes from where it stands now to where its topic ends now. The end of a partition whose last offset is
 * a transaction marker counts as reached at that marker: a group may rest before it.
 */
export async function watchGroup(
  stack: BenchStack,
  admin: Admin,
  of: { readonly groupId: string; readonly topic: string; readonly transactional: boolean },
): Promise<GroupProgress> {
  const { groupId, topic } = of
  const committed = () => committedOffsets(admin, { groupId, topic })
  const partitions = await stack.kafka.reads.partitionsOf(topic)
  const before = await committed()
  const spans = await Promise.all(
    partitions.map(async (partition) => {
      const { low, stable } = await readLogBounds(stack.kafka.reads, { topic, partition })
      const from = Math.max(before.get(partition) ?? -1, low)
      const to = of.transactional && stable > low ? stable - 1 : stable
      return { partition, from, to: Math.max(from, to) }
    }),
  )
  return {
    total: spans.reduce((sum, { from, to }) => sum + to - from, 0),
    done: async () => {
      const now = await committed()
      return spans.reduce((sum, { partition, from, to }) => {
        const position = Math.min(now.get(partition) ?? -1, to)
        return sum + Math.max(0, position - from)
      }, 0)
    },
  }
}
