import type { DeliveryState } from '@meterline/contract'
import type { AlertStanding, Channel, DeliveryOccasion, SpendAlert } from '@meterline/domain'

import type { Outcome } from '../deliveries/outcome.ts'
import type { OutgoingClient } from '../outgoing/outgoing-client.ts'
import type { SecretSource } from '../secrets/secret-source.ts'
import type { Mailer } from './mailer.ts'

/** What goes out. The id is the same in every attempt: receivers know by it what they have already. */
export interface Message {
  readonly id: string
  readonly occasion: DeliveryOccasion | 'test'
  /** What the alerts have in common: those of one group go out together. */
  readonly group: string
  /** At least one. */
  readonly alerts: readonly [SpendAlert, ...SpendAlert[]]
  readonly attemptAtMs: number
  /** Recipients of a mail that have it already. */
  readonly accepted: readonly string[]
  /** Of an `undelivered`: what was given up. */
  readonly givenUp?: DeliveryState['given_up']
  /** When an alert began, and when it ended: `null` while it lasts. `undefined`: it is not known any more. */
  readonly spanOf?: (alertId: string) => AlertTimes | undefined
}

export type AlertTimes = Pick<AlertStanding, 'began_ms' | 'ended_ms'>

export interface SenderParts {
  readonly client: OutgoingClient
  readonly secrets: SecretSource
  readonly mailer: Mailer | undefined
  readonly pagerDutyUrls: Readonly<Record<'us' | 'eu', string>>
  /** Where people read on; `undefined` leaves links out. */
  readonly externalUrl: string | undefined
}

/** Makes one attempt. Throws `OutgoingError` where there was no answer, `SettingError` where the channel is not set up. */
export type Sender = (
  message: Message,
  channel: Channel,
  parts: SenderParts & { readonly signal: AbortSignal },
) => Promise<Outcome>
