import type { ChannelType } from '@meterline/domain'

import { sendAlertmanager } from './alertmanager.ts'
import { sendEmail } from './email.ts'
import { sendPagerDuty } from './pagerduty.ts'
import type { Sender } from './sender.ts'
import { sendSlack } from './slack.ts'
import { sendWebhook } from './webhook.ts'

export const SENDERS: Readonly<Record<ChannelType, Sender>> = {
  slack: sendSlack,
  email: sendEmail,
  webhook: sendWebhook,
  pagerduty: sendPagerDuty,
  alertmanager: sendAlertmanager,
}

/** Channels whose requests carry one alert each. */
export const ONE_ALERT_A_REQUEST: ReadonlySet<ChannelType> = new Set(['webhook', 'pagerduty'])
