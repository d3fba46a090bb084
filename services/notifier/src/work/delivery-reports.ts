import { channelLabel } from '../channels/channel-of.ts'
import type { DeliveryReports } from '../deliveries/delivery-reports.ts'
import type { NotifierEvents } from '../events.ts'

/** What the engine tells, as log lines and metrics. */
export function deliveryReports(
  events: NotifierEvents,
  typeOf: (channel: string) => string,
): DeliveryReports {
  return {
    attempted(record, outcome, durationMs) {
      const { id: delivery, state, occasion, attempts, last } = record
      const channel = channelLabel(record.channel)
      const code = last?.code ?? ''
      const result = state === 'pending' ? 'failed' : state
      const type = typeOf(record.channel)
      events.attempted({ delivery, channel, type, occasion, outcome: result, code, attempts, durationMs })
      if (outcome.kind === 'gone') events.channelDisabled({ channel, reason: outcome.message })
    },
    dead({ id: delivery, channel, last, attempts }, announcedTo) {
      events.dead({
        delivery,
        channel: channelLabel(channel),
        code: last?.code ?? '',
        reason: last?.message ?? '',
        attempts,
        announcedTo: announcedTo === undefined ? null : channelLabel(announcedTo),
        sendAgain: `meterline deliveries redeliver ${delivery}`,
      })
    },
    full: events.full,
  }
}
