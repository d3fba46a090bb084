import type { SpendAlert } from '@meterline/domain'
import { z } from 'zod'

const OCCASIONS = ['fired', 'resolved', 'repeated', 'escalated', 'acknowledged', 'undelivered'] as const

const delivery = z.object({
  schema: z.literal(1),
  kind: z.literal('delivery'),
  /** The same in every attempt; receivers see it (webhook-id, Message-ID). */
  id: z.string().min(1),
  /** Deliveries of one group to one channel go out in the order of `sequence`. */
  group: z.string(),
  sequence: z.int().min(0),
  channel: z.string().min(1),
  /** By the times of the alerts: what the alert book has to know of it. */
  due_ms: z.int(),
  occasion: z.enum(OCCASIONS),
  alerts: z.array(z.custom<SpendAlert>(isAlert)).min(1),
  state: z.enum(['pending', 'delivered', 'dead']),
  /** Made in all, one whose outcome is not known included. */
  attempts: z.int().min(0),
  /** Made since it was created or sent again by hand: what the schedule counts. */
  attempts_of_round: z.int().min(0),
  /** An attempt was begun, and its outcome has not been recorded. */
  attempting: z.boolean(),
  /** When the next attempt is due; of one that is not pending, when it was. */
  next_at_ms: z.int(),
  created_at_ms: z.int(),
  updated_at_ms: z.int(),
  /** Recipients that have it, where a channel has several. */
  accepted: z.array(z.string()),
  last: z.object({ code: z.string(), message: z.string() }).nullable(),
  /** Of an `undelivered`: which delivery was given up, to which channel, and why. */
  given_up: z.object({ delivery: z.string(), channel: z.string(), code: z.string() }).optional(),
})

const channel = z.object({
  schema: z.literal(1),
  kind: z.literal('channel'),
  id: z.string().min(1),
  disabled_at_ms: z.int(),
  /** Of the channel as it was then: another one says that it was changed since. */
  fingerprint: z.string(),
  reason: z.string(),
})

const record = z.discriminatedUnion('kind', [delivery, channel])

/** One notification to one channel, and how far it has come. */
export type DeliveryState = Readonly<z.output<typeof delivery>>
/** A channel whose receiver is gone (410): nothing is sent to it until it is changed or a test of it succeeds. */
export type DisabledChannelRecord = Readonly<z.output<typeof channel>>
/** A value of `notification.state`; a tombstone ends it. */
export type NotificationRecord = DeliveryState | DisabledChannelRecord

export function notificationKey({ kind, id }: Pick<NotificationRecord, 'kind' | 'id'>): string {
  return `${kind}:${id}`
}

export function encodeNotification(value: NotificationRecord): Buffer {
  return Buffer.from(JSON.stringify(value))
}

/** Throws `SyntaxError` for bytes that are no JSON, `ZodError` for another shape or schema version. */
export function decodeNotification(value: Buffer): NotificationRecord {
  return record.parse(JSON.parse(value.toString('utf8')))
}

// It was checked against its schema when it was read from spend.alert, and is ours since.
function isAlert(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'id' in value && 'severity' in value
}
