import type { UsageEvent } from '@meterline/domain'

/** The event as an HTTP body carries it: what it does not say is left out. */
export function eventJson(event: UsageEvent): Readonly<Record<string, unknown>> {
  const { credits_consumed, api_key_id: _, ...rest } = event
  const stated = Object.entries(rest).filter(([, value]) => value !== null)
  return {
    ...Object.fromEntries(stated),
    ...(credits_consumed === null ? {} : { credits_consumed: credits_consumed / 1_000_000 }),
  }
}
