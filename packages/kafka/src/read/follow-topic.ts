import type { KafkaClient } from '../connection/client.ts'
import { type Follower, followPartitions, type FollowerEars } from './follow-partitions.ts'
import { readLogBounds } from './offsets.ts'

export interface FollowTopicOptions extends FollowerEars {
  readonly topic: string
  /** `first`: all that is in the logs, then what comes. `now`: what is committed after the returned promise resolved. */
  readonly from: 'first' | 'now'
}

/** Follows every partition that the topic has now, over one link. */
export async function followTopic(client: KafkaClient, options: FollowTopicOptions): Promise<Follower> {
  const { topic, from } = options
  const starts = await Promise.all(
    (await client.reads.partitionsOf(topic)).map(async (partition) => {
      const start =
        from === 'now' ? (await readLogBounds(client.reads, { topic, partition })).stable : undefined
      return [partition, start] as const
    }),
  )
  return followPartitions(client, { ...options, starts: new Map(starts) })
}
