import type { SpendAlert } from '@meterline/domain'

import { SettingError } from '../secrets/secret-source.ts'
import { headline } from './alert-wording.ts'
import { channelLabel } from './channel-of.ts'
import { answerOutcome, SERVICE_RULE } from './answer-outcome.ts'
import type { Message, Sender } from './sender.ts'

const MAX_SUMMARY = 1_024

/** Events API v2, one event an alert. The incident's key is the alert's id, so that whatever is sent twice is one incident. */
export const sendPagerDuty: Sender = async (message, { settings }, parts) => {
  const region = settings['region'] ?? 'us'
  if (region !== 'us' && region !== 'eu') throw new SettingError('region is us or eu')
  const event = pagerDutyEvent(message, {
    routingKey: parts.secrets.need(settings, 'routing_key'),
    externalUrl: parts.externalUrl,
  })
  const answer = await parts.client.send({
    url: parts.pagerDutyUrls[region],
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(event),
    signal: parts.signal,
  })
  return answerOutcome(answer, SERVICE_RULE, message.attemptAtMs)
}

const ACTIONS: Record<Message['occasion'], 'trigger' | 'acknowledge' | 'resolve'> = {
  fired: 'trigger',
  repeated: 'trigger',
  escalated: 'trigger',
  undelivered: 'trigger',
  test: 'trigger',
  acknowledged: 'acknowledge',
  resolved: 'resolve',
}

const SEVERITIES: Record<SpendAlert['severity'], 'critical' | 'error' | 'warning' | 'info'> = {
  info: 'info',
  warning: 'warning',
  critical: 'error',
  hard_cap: 'critical',
}

export function pagerDutyEvent(
  message: Pick<Message, 'occasion' | 'alerts' | 'givenUp'>,
  options: { readonly routingKey: string; readonly externalUrl: string | undefined },
): object {
  const [alert] = message.alerts
  const action = ACTIONS[message.occasion]
  // That somebody was not told is an incident of its own, one for each channel.
  const { givenUp } = message
  const dedup_key = givenUp === undefined ? alert.id : `undelivered:${channelLabel(givenUp.channel)}`
  const head = { routing_key: options.routingKey, event_action: action, dedup_key }
  if (action !== 'trigger') return head
  return {
    ...head,
    payload: {
      summary: headline(message).slice(0, MAX_SUMMARY),
      source: alert.scope,
      severity: SEVERITIES[alert.severity],
      timestamp: alert.at,
      component: alert.allocation_id ?? alert.scope,
      group: alert.organization,
      class: alert.rule,
      custom_details: givenUp === undefined ? alert : { ...alert, given_up: givenUp.delivery },
    },
    client: 'Meterline',
    ...(options.externalUrl === undefined ? {} : { client_url: options.externalUrl }),
  }
}
