import type { DeliveryState } from '@meterline/contract'
import type { ChannelType } from '@meterline/domain'
import { createHash } from 'node:crypto'

import { ONE_ALERT_A_REQUEST } from '../channels/senders.ts'
import { DELIVERY_BOUNDS } from './delivery-bounds.ts'
import { newRecord } from './new-records.ts'
import type { NotificationLedger } from './notification-ledger.ts'

export interface AnnouncementOptions {
  readonly ledger: NotificationLedger
  /** Who else may be told that a delivery was given up; `undefined`: nobody. */
  readonly announceTo: (dead: DeliveryState) => string | undefined
  readonly typeOf: (channel: string) => ChannelType | undefined
  readonly nowMs: () => number
}

/**
 * What is said elsewhere of deliveries that were given up: one message for a channel in `announceEveryMs`, whatever else dies
 * meanwhile, and none about an announcement. The records it gives are to be written together with those that died, so that a crash
 * neither loses nor doubles one.
 */
export function createAnnouncements(options: AnnouncementOptions) {
  const { ledger, announceTo, typeOf, nowMs } = options
  const lastMs = new Map<string, number>()
  for (const { given_up, created_at_ms } of ledger.deliveries.values()) {
    if (given_up === undefined) continue
    lastMs.set(given_up.channel, Math.max(lastMs.get(given_up.channel) ?? 0, created_at_ms))
  }

  return (dead: readonly DeliveryState[]): DeliveryState[] =>
    dead.flatMap((record) => {
      if (record.occasion === 'undelivered') return []
      if (nowMs() - (lastMs.get(record.channel) ?? -Infinity) < DELIVERY_BOUNDS.announceEveryMs) return []
      const channel = announceTo(record)
      if (channel === undefined) return []
      lastMs.set(record.channel, nowMs())
      const type = typeOf(channel)
      const isOne = type !== undefined && ONE_ALERT_A_REQUEST.has(type)
      const announcement = newRecord(
        { channel, occasion: 'undelivered', due_ms: nowMs() },
        {
          id: announcementId(record),
          alerts: isOne ? record.alerts.slice(0, 1) : record.alerts,
          group: `undelivered:${record.channel}`,
          at: { nowMs: nowMs(), nextSequence: () => ledger.nextSequence() },
        },
      )
      const given_up = { delivery: record.id, channel: record.channel, code: record.last?.code ?? '' }
      return [{ ...announcement, given_up }]
    })
}

/** Given up again after it was sent again by hand, it is another one. */
function announcementId({ id, attempts }: DeliveryState): string {
  const digest = createHash('sha256')
    .update(JSON.stringify(['undelivered', id, attempts]))
    .digest('hex')
  return `delivery_${digest.slice(0, 24)}`
}
