import type { Outcome } from '../deliveries/outcome.ts'
import { SettingError, textSetting } from '../secrets/secret-source.ts'
import { driverLines, facts, headline, wayOut, whatHappened } from './alert-wording.ts'
import type { MailAnswer } from './mailer.ts'
import type { Message, Sender } from './sender.ts'

const MAX_RECIPIENTS = 50
const MAX_ALERTS_SHOWN = 20
const ADDRESS = /^[^\s@<>,;"]+@[^\s@<>,;"]+$/

/** One mail to everybody who does not have it yet. Its Message-ID is the same in each attempt. */
export const sendEmail: Sender = async (message, { settings }, { mailer, externalUrl, signal }) => {
  if (mailer === undefined) throw new SettingError('NOTIFIER_SMTP_URL and NOTIFIER_MAIL_FROM are not set')
  const recipients = recipientsOf(textSetting(settings, 'to'))
  const missing = recipients.filter((address) => !message.accepted.includes(address))
  if (missing.length === 0) return { kind: 'delivered', detail: 'every recipient has it' }
  try {
    const answer = await mailer.send(
      {
        messageId: `<${message.id}@meterline>`,
        to: missing,
        subject: headline(message),
        text: mailText(message, externalUrl),
        headers: { 'X-Meterline-Delivery': message.id, 'Auto-Submitted': 'auto-generated' },
      },
      signal,
    )
    return mailOutcome(answer, message.accepted)
  } catch (error) {
    signal.throwIfAborted()
    return mailFailure(error)
  }
}

export function mailText(
  message: Pick<Message, 'occasion' | 'alerts' | 'id' | 'givenUp'>,
  externalUrl?: string,
): string {
  const shown = message.alerts.slice(0, MAX_ALERTS_SHOWN)
  const hidden = message.alerts.length - shown.length
  const sections = shown.map((alert) => {
    const drivers = driverLines(alert).map((line) => `  - ${line}`)
    return [
      whatHappened(alert),
      ...facts(alert).map(([label, value]) => `  ${label}: ${value}`),
      ...(drivers.length === 0 ? [] : ['  Drivers:', ...drivers]),
      `  Evidence: ${alert.evidence.sql}`,
      `  Alert: ${alert.id}`,
    ].join('\n')
  })
  return [
    headline(message),
    ...(message.givenUp === undefined ? [] : [wayOut(message).join('\n')]),
    ...sections,
    ...(hidden > 0 ? [`and ${hidden} more`] : []),
    ...(externalUrl === undefined ? [] : [externalUrl]),
    `Delivery ${message.id}`,
  ].join('\n\n')
}

function recipientsOf(list: string): string[] {
  const addresses = [...new Set(list.split(',').map((address) => address.trim()))]
  const wrong = addresses.find((address) => !ADDRESS.test(address))
  if (wrong !== undefined) throw new SettingError(`${JSON.stringify(wrong)} is no mail address`)
  if (addresses.length > MAX_RECIPIENTS) throw new SettingError(`at most ${MAX_RECIPIENTS} recipients`)
  return addresses
}

function mailOutcome({ accepted, refused }: MailAnswer, before: readonly string[]): Outcome {
  const later = refused.filter(({ final }) => !final)
  const never = refused.length - later.length
  if (later.length === 0) {
    const detail = `${accepted.length} recipients took it${never === 0 ? '' : `, ${never} are refused for good`}`
    return { kind: 'delivered', detail }
  }
  // Who has it does not get it again.
  return {
    kind: 'failed',
    code: 'smtp_recipient_deferred',
    message: later[0]?.message ?? 'a recipient was deferred',
    accepted: [...before, ...accepted],
  }
}

function mailFailure(error: unknown): Outcome {
  const { code, responseCode, message } = error as { code?: string; responseCode?: number; message: string }
  if (code === undefined) throw error
  const name = `smtp_${code.toLowerCase()}`
  // A wrong password is mended by an operator; a refused sender, content or recipient is not by sending it again.
  const final = responseCode !== undefined && responseCode >= 500 && code !== 'EAUTH'
  return { kind: final ? 'refused' : 'failed', code: name, message }
}
