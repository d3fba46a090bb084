import type { DeliveryState } from '@meterline/contract'
import type { Channel } from '@meterline/domain'

import type { Message, SenderParts } from '../channels/sender.ts'
import { SENDERS } from '../channels/senders.ts'
import type { Outcome } from './outcome.ts'

/** Makes one attempt through the channel as it is set up now. */
export function attemptDelivery(
  record: Pick<DeliveryState, 'id' | 'group' | 'alerts' | 'accepted' | 'given_up'> & {
    readonly occasion: Message['occasion']
  },
  channel: Channel,
  parts: SenderParts & {
    readonly signal: AbortSignal
    readonly nowMs: number
    readonly spanOf: NonNullable<Message['spanOf']>
  },
): Promise<Outcome> {
  const { id, occasion, group, accepted } = record
  const [first, ...others] = record.alerts
  if (first === undefined) throw new Error(`the delivery ${id} has no alert`)
  const message: Message = {
    id,
    occasion,
    group,
    alerts: [first, ...others],
    attemptAtMs: parts.nowMs,
    accepted,
    givenUp: record.given_up,
    spanOf: parts.spanOf,
  }
  return SENDERS[channel.type](message, channel, parts)
}
