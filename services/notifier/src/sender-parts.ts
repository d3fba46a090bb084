import type { SenderParts } from './channels/sender.ts'
import { createMailer } from './channels/mailer.ts'
import type { NotifierConfig } from './config.ts'
import { createOutgoingClient } from './outgoing/outgoing-client.ts'
import { createSecretSource } from './secrets/secret-source.ts'

const PAGERDUTY_URLS = {
  us: 'https://events.pagerduty.com/v2/enqueue',
  eu: 'https://events.eu.pagerduty.com/v2/enqueue',
}

/** What the channels need, from the configuration. */
export function senderParts(config: NotifierConfig): SenderParts {
  const { NOTIFIER_SMTP_URL: smtpUrl, NOTIFIER_MAIL_FROM: from, NOTIFIER_PAGERDUTY_URL: pagerDuty } = config
  const attemptTimeoutMs = config.NOTIFIER_ATTEMPT_TIMEOUT_MS
  return {
    client: createOutgoingClient({ allowPrivate: config.NOTIFIER_ALLOW_PRIVATE, attemptTimeoutMs }),
    secrets: createSecretSource({ variables: config.secrets, directory: config.NOTIFIER_SECRETS_DIR }),
    mailer:
      smtpUrl === undefined || from === undefined
        ? undefined
        : createMailer({ smtpUrl, from, attemptTimeoutMs }),
    pagerDutyUrls: pagerDuty === undefined ? PAGERDUTY_URLS : { us: pagerDuty, eu: pagerDuty },
    externalUrl: config.NOTIFIER_EXTERNAL_URL,
  }
}
