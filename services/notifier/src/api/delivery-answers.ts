import type { DeliveryState } from '@meterline/contract'
import type { Channel } from '@meterline/domain'

import type { NotificationLedger } from '../deliveries/notification-ledger.ts'

/** A delivery as the API shows it. Its alerts stand in full only in the answer about the one. */
export function deliveryAnswer(record: DeliveryState) {
  const { id, channel, occasion, state, attempts, accepted, last } = record
  return {
    id,
    channel,
    occasion,
    state,
    attempts,
    under_way: record.attempting,
    alerts: record.alerts.map((alert) => ({ id: alert.id, severity: alert.severity, scope: alert.scope })),
    created_at: iso(record.created_at_ms),
    updated_at: iso(record.updated_at_ms),
    next_attempt_at: state === 'pending' ? iso(record.next_at_ms) : null,
    accepted_recipients: accepted,
    last,
  }
}

export interface DeliveryFilter {
  readonly state?: DeliveryState['state'] | undefined
  readonly channel?: string | undefined
  readonly alert?: string | undefined
  readonly limit: number
}

/** The newest first. */
export function findDeliveries(ledger: NotificationLedger, filter: DeliveryFilter): DeliveryState[] {
  const { state, channel, alert, limit } = filter
  return [...ledger.deliveries.values()]
    .filter((record) => state === undefined || record.state === state)
    .filter((record) => channel === undefined || record.channel === channel)
    .filter((record) => alert === undefined || record.alerts.some(({ id }) => id === alert))
    .sort((a, b) => b.sequence - a.sequence)
    .slice(0, limit)
}

/** A channel and whether anything is sent to it. Settings hold names of secrets, never secrets. */
export function channelAnswer({ id, type, settings }: Channel, ledger: NotificationLedger) {
  const disabled = ledger.disabled.get(id)
  return {
    id,
    type,
    settings,
    disabled: disabled === undefined ? null : { reason: disabled.reason, at: iso(disabled.disabled_at_ms) },
    pending: [...ledger.pending.values()].filter(({ channel }) => channel === id).length,
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()
