import type { UsageEvent } from '@meterline/domain'

/** A usage event as JSON carries it: who sent it may be known from the credential alone. */
export interface ReceivedUsage extends Omit<UsageEvent, 'api_key_id'> {
  readonly api_key_id: string | null
}
