import { decodeControlEvent, TOPICS } from '@meterline/contract'
import { createOrganizationView, foldControlEvent } from '@meterline/domain'
import type { OrganizationView } from '@meterline/domain'
import { followLog } from '@meterline/kafka'
import type { KafkaClient, LogFollower } from '@meterline/kafka'

/** The organization as `control.log` tells it, kept up to date. A record that cannot be read ends it: `follower.done` rejects. */
export function followControlLog(
  client: KafkaClient,
  onTrouble: (error: unknown) => void,
): { readonly view: OrganizationView; readonly follower: LogFollower } {
  const view = createOrganizationView()
  const follower = followLog(client, {
    topic: TOPICS.controlLog.name,
    partition: 0,
    onRecord({ value, offset }) {
      if (value !== null) foldControlEvent(view, decodeControlEvent(value), offset)
    },
    onTrouble,
  })
  return { view, follower }
}
