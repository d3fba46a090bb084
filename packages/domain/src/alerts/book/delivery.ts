import { createHash } from 'node:crypto'

import type { SpendAlert } from '../spend-alert.ts'

/**
 * Why something is said. `repeated`: still firing and nobody has answered; `escalated`: a warning nobody acknowledged in time;
 * `undelivered`: another channel could not be told. That one is the notifier's own: it is never due by the book.
 */
export type DeliveryOccasion =
  | 'fired'
  | 'repeated'
  | 'escalated'
  | 'acknowledged'
  | 'resolved'
  | 'undelivered'

/** One message to one channel, about alerts of one group. */
export interface Delivery {
  /** Hash of all below, and of the id and version of every alert: the same message has the same id, whenever it is asked for. */
  readonly id: string
  /**
   * Id of a `channel` entity; or, where an alert's `notify` or a user's address names no channel, `email:<address>`,
   * `slack:<#name>` or `webhook:<url>`.
   */
  readonly channel: string
  /** Id of the `alert_route`, or `default:<severity>`. */
  readonly route: string
  /** What its alerts have in common, as JSON of the route's `group_by` values. */
  readonly group: string
  readonly occasion: DeliveryOccasion
  /** When it was due, by the times of the alerts: not when it was asked for. */
  readonly due_ms: number
  /** By time and id; at most `MAX_ALERTS_PER_DELIVERY`. */
  readonly alerts: readonly SpendAlert[]
}

/** What the book has to know of a delivery that the notifier took over, now or before its last start. */
export interface DeliveryRecord extends Pick<Delivery, 'channel' | 'occasion' | 'due_ms'> {
  readonly alerts: readonly Pick<SpendAlert, 'id'>[]
}

export const MAX_ALERTS_PER_DELIVERY = 50

export function createDelivery(content: Omit<Delivery, 'id'>): Delivery {
  const { channel, route, group, occasion, due_ms, alerts } = content
  const versions = alerts.map(({ id, version }) => `${id}.${version}`)
  const text = JSON.stringify([channel, route, group, occasion, due_ms, versions])
  return { id: `delivery_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`, ...content }
}
