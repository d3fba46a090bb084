import type { DeliveryState } from '@meterline/contract'
import { createDelivery } from '@meterline/domain'
import type { Delivery, DeliveryOccasion } from '@meterline/domain'

import { DELIVERY_BOUNDS } from './delivery-bounds.ts'

const FIRINGS: ReadonlySet<DeliveryOccasion> = new Set(['fired', 'repeated', 'escalated'])

/**
 * A repetition without the alerts of which its channel waits to be told as it is; `undefined` when that is all of them. Anything
 * else is left as it is.
 */
export function withoutPendingFirings(
  delivery: Delivery,
  pending: Iterable<DeliveryState>,
): Delivery | undefined {
  if (delivery.occasion !== 'repeated') return delivery
  const waiting = new Map<string, number>()
  for (const { channel, occasion, alerts } of pending) {
    if (channel !== delivery.channel || !FIRINGS.has(occasion)) continue
    for (const { id } of alerts) waiting.set(id, (waiting.get(id) ?? 0) + 1)
  }
  const alerts = delivery.alerts.filter(
    ({ id }) => (waiting.get(id) ?? 0) < DELIVERY_BOUNDS.maxPendingFirings,
  )
  if (alerts.length === delivery.alerts.length) return delivery
  if (alerts.length === 0) return undefined
  const { id: _whole, ...content } = delivery
  return createDelivery({ ...content, alerts })
}
