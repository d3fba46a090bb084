import type { KafkaClient } from '../connection/client.ts'
import { type Follower, followPartitions, type FollowerEars } from './follow-partitions.ts'

export interface FollowLogOptions extends FollowerEars {
  readonly topic: string
  readonly partition: number
  /** Where to begin; the log's first offset when left out. */
  readonly fromOffset?: number
}

export interface LogFollower extends Follower {
  /** The offset after the last record handed over (or, at the end of the log, after the markers that follow it). */
  position(): number
}

/** Follows one partition without a group, from the start for ever: for views that every process keeps for itself. */
export function followLog(client: KafkaClient, options: FollowLogOptions): LogFollower {
  const { partition, fromOffset } = options
  const starts = new Map([[partition, fromOffset]])
  const follower = followPartitions(client, { ...options, starts })
  return { ...follower, position: () => follower.position(partition) }
}
