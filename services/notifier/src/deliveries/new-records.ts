import type { DeliveryState } from '@meterline/contract'
import type { ChannelType, Delivery, SpendAlert } from '@meterline/domain'

import { ONE_ALERT_A_REQUEST } from '../channels/senders.ts'

/** The records a delivery becomes: one, or one for each alert where the channel's requests carry one alert each. */
export function newRecords(
  delivery: Delivery,
  channelType: ChannelType | undefined,
  at: { readonly nowMs: number; readonly nextSequence: () => number },
): DeliveryState[] {
  const { alerts } = delivery
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

/** One delivery as it begins. */
export function newRecord(
  { channel, occasion, due_ms }: Pick<Delivery, 'channel' | 'occasion' | 'due_ms'>,
  own: {
    readonly id: string
    readonly alerts: readonly SpendAlert[]
    readonly group: string
    readonly at: { readonly nowMs: number; readonly nextSequence: () => number }
  },
): DeliveryState {
  const { id, alerts, group } = own
  const { nowMs } = own.at
  return {
    schema: 1,
    kind: 'delivery',
    id,
    group,
    sequence: own.at.nextSequence(),
    channel,
    due_ms,
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
