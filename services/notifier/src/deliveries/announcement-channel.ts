import type { DeliveryState } from '@meterline/contract'
import { routesOf } from '@meterline/domain'
import type { ChannelType, OrganizationView } from '@meterline/domain'

import { channelOf } from '../channels/channel-of.ts'
import type { NotificationLedger } from './notification-ledger.ts'

/** Those that tell a person, or a program, one thing. Alertmanager holds alerts, and a delivery is none. */
const TELLING: ReadonlySet<ChannelType> = new Set(['slack', 'email', 'webhook', 'pagerduty'])

/**
 * Who else may hear of a delivery that was given up: another channel of the routes of its alerts, then whom those escalate to,
 * then any channel that is set up; one that has no dead letters itself before one that has.
 */
export function announcementChannel(
  dead: DeliveryState,
  of: { readonly view: OrganizationView; readonly ledger: NotificationLedger },
): string | undefined {
  const { view, ledger } = of
  const routes = dead.alerts.flatMap((alert) => routesOf(alert, view))
  const candidates = [
    ...routes.flatMap(({ channels }) => channels),
    ...routes.flatMap(({ escalate_to }) => escalate_to),
    ...[...view.entities.channel.keys()].sort(),
  ].filter((id) => {
    const channel = channelOf(view, id)
    return (
      id !== dead.channel && !ledger.disabled.has(id) && channel !== undefined && TELLING.has(channel.type)
    )
  })
  const failing = new Set([...ledger.dead.values()].map(({ channel }) => channel))
  return candidates.find((id) => !failing.has(id)) ?? candidates[0]
}
