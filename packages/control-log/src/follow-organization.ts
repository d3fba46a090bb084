import { TOPICS } from '@meterline/contract'
import type { ControlEntityKind, ControlEvent, OrganizationViewOf } from '@meterline/domain'
import { CONTROL_ENTITY_KINDS, createViewOf } from '@meterline/domain'
import { followLog, type KafkaClient, type LogFollower, readLogBounds } from '@meterline/kafka'

import { takeRecord, type UnreadableRecord, type UnreadableRecords } from './take-record.ts'

const LOOK_INTERVAL_MS = 5

/** The organization as `control.log` tells it, kept up to date between batches. */
export interface OrganizationLog<Kinds extends ControlEntityKind = ControlEntityKind> {
  readonly view: OrganizationViewOf<Kinds>
  readonly follower: LogFollower
  /** The records that the view goes without, because this version cannot read them. */
  readonly unreadable: UnreadableRecords
  /**
   * Resolves when the view has reached that offset, or the end of the log where it is shorter than that: an offset that
   * somebody made up must not stop a partition. Rejects when it takes longer than the timeout: try the batch again.
   */
  readonly reached: (offset: number, timeoutMs: number) => Promise<void>
}

export interface FollowOptions {
  /** Told of each record that the view has just taken in; `undefined` stands for a kind that is not known here. */
  readonly onFolded?: (event: ControlEvent | undefined, offset: number) => void
  /** Told of each record that was passed over. */
  readonly onUnreadable?: (record: UnreadableRecord) => void
}

export function followOrganization(
  client: KafkaClient,
  onTrouble: (error: unknown) => void,
  options: FollowOptions = {},
): OrganizationLog {
  return followKinds(CONTROL_ENTITY_KINDS, client, onTrouble, options)
}

/** As `followOrganization`, for who needs the entities of some kinds alone. */
export function followKinds<Kinds extends ControlEntityKind>(
  kinds: readonly Kinds[],
  client: KafkaClient,
  onTrouble: (error: unknown) => void,
  { onFolded, onUnreadable }: FollowOptions = {},
): OrganizationLog<Kinds> {
  const log = { topic: TOPICS.controlLog.name, partition: 0 }
  const view = createViewOf(kinds)
  const unreadable = new Map<string, UnreadableRecord>()
  const folded = { view, unreadable }
  const follower = followLog(client, {
    ...log,
    onRecord(record) {
      if (record.value === null) return
      const taken = takeRecord(folded, record)
      if (taken !== undefined && 'reason' in taken) onUnreadable?.(taken)
      else onFolded?.(taken, record.offset)
    },
    onTrouble,
  })

  return {
    view,
    follower,
    unreadable,
    async reached(offset, timeoutMs) {
      if (follower.position() > offset) return
      const { stable } = await readLogBounds(client.reads, log)
      const wanted = Math.min(offset + 1, stable)
      const deadlineMs = performance.now() + timeoutMs
      while (follower.position() < wanted) {
        if (performance.now() > deadlineMs) {
          throw new Error(`the view of control.log stands at ${follower.position()}, ${wanted} is needed`)
        }
        await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS))
      }
    },
  }
}
