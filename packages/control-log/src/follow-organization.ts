import { decodeControlEvent, TOPICS } from '@meterline/contract'
import {
  type ControlEvent,
  createOrganizationView,
  foldControlEvent,
  type OrganizationView,
} from '@meterline/domain'
import { followLog, type KafkaClient, type LogFollower, readLogBounds } from '@meterline/kafka'

const LOOK_INTERVAL_MS = 5

/** The organization as `control.log` tells it, kept up to date between batches. */
export interface OrganizationLog {
  readonly view: OrganizationView
  readonly follower: LogFollower
  /**
   * Resolves when the view has reached that offset, or the end of the log where it is shorter than that: an offset that
   * somebody made up must not stop a partition. Rejects when it takes longer than the timeout: try the batch again.
   */
  readonly reached: (offset: number, timeoutMs: number) => Promise<void>
}

/** `onFolded` is told of each record that the view has just taken in; `undefined` stands for a kind that is not known here. */
export function followOrganization(
  client: KafkaClient,
  onTrouble: (error: unknown) => void,
  onFolded?: (event: ControlEvent | undefined, offset: number) => void,
): OrganizationLog {
  const log = { topic: TOPICS.controlLog.name, partition: 0 }
  const view = createOrganizationView()
  const follower = followLog(client, {
    ...log,
    onRecord({ value, offset }) {
      if (value === null) return
      const event = decodeControlEvent(value)
      foldControlEvent(view, event, offset)
      onFolded?.(event, offset)
    },
    onTrouble,
  })

  return {
    view,
    follower,
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
