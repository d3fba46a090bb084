import type { DeliveryRecord } from '@meterline/contract'
import type { ChannelType, SpendAlert } from '@meterline/domain'

import { ONE_ALERT_A_REQUEST } from '../channels/senders.ts'
import type { Delivery } from './delivery.ts'

/** More alerts of one group than this are cut off; the message says how many there are by then. */
const MAX_ALERTS_A_DELIVERY = 100

/** The records a delivery becomes: one, or one for each alert where the channel's requests carry one alert each. */
export function newRecords(
  delivery: Delivery,
  channelType: ChannelType | undefined,
  at: { readonly nowMs: number; readonly nextSequence: () => number },
): DeliveryRecord[] {
  const alerts = delivery.alerts.slice(0, MAX_ALERTS_A_DELIVERY)
  if (channelType === undefined || !ONE_ALERT_A_REQUEST.has(channelType)) {
    return [newRecord(delivery, { id: delivery.id, alerts, group: delivery.group, at })]
  }
  // Order is kept for each alert of its own: one that fails holds up its own resolution only.
  return alerts.map((alert) =>
    newRecord(delivery, {
      id: alerts.length === 1 ? delivery.id : `${delivery.id}.${alert.id}`,
      alerts: [alert],
      group: alert.id,
      at,
    }),
  )
}

function newRecord(
  { channel, occasion }: Delivery,
  own: {
    readonly id: string
    readonly alerts: readonly SpendAlert[]
    readonly group: string
    readonly at: { readonly nowMs: number; readonly nextSequence: () => number }
  },
): DeliveryRecord {
  const { id, alerts, group } = own
  const { nowMs } = own.at
  return {
    schema: 1,
    kind: 'delivery',
    id,
    group,
    sequence: own.at.nextSequence(),
    channel,
    occasion,
    alerts: [...alerts],
    state: 'pending',
    attempts: 0,
    attempts_of_round: 0,
    attempting: false,
    next_at_ms: nowMs,
    created_at_ms: nowMs,
    updated_at_ms: nowMs,
    accepted: [],
    last: null,
  }
}
