import type { Channel, SpendAlert } from '@meterline/domain'

import { driverLines, whatHappened } from './alert-wording.ts'
import { answerOutcome, SERVICE_RULE } from './answer-outcome.ts'
import { SettingError, textSetting } from '../secrets/secret-source.ts'
import type { Message, Sender } from './sender.ts'

/** How Alertmanager writes a time that has not come. */
const NOT_YET = '0001-01-01T00:00:00Z'
const FINGERPRINT_CHARACTERS = 16

/**
 * For whatever understands Alertmanager: `format: webhook` is what Alertmanager sends to a webhook receiver (version 4),
 * `format: api_v2` is what its clients send to Alertmanager itself (`/api/v2/alerts`). There no end is said while an alert lasts:
 * Alertmanager takes it for over when nobody has said it again for its `resolve_timeout` (see alertmanager-refresh.ts).
 */
export const sendAlertmanager: Sender = async (message, channel, parts) => {
  const { id, settings } = channel
  const format = alertmanagerFormat(channel)
  const payload = alertmanagerWebhook(message, { receiver: id, externalUrl: parts.externalUrl })
  const token = parts.secrets.find(settings, 'token')
  const answer = await parts.client.send({
    url: textSetting(settings, 'url'),
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(format === 'webhook' ? payload : payload.alerts.map(postableAlert)),
    signal: parts.signal,
  })
  return answerOutcome(answer, SERVICE_RULE, message.attemptAtMs)
}

function alertmanagerFormat({ settings }: Pick<Channel, 'settings'>): 'webhook' | 'api_v2' {
  const format = settings['format'] ?? 'webhook'
  if (format !== 'webhook' && format !== 'api_v2') throw new SettingError('format is webhook or api_v2')
  return format
}

type AlertmanagerAlert = ReturnType<typeof alertmanagerAlert>

export function alertmanagerWebhook(
  message: Pick<Message, 'alerts' | 'group' | 'occasion' | 'attemptAtMs' | 'spanOf'>,
  options: { readonly receiver: string; readonly externalUrl: string | undefined },
) {
  const { receiver, externalUrl = '' } = options
  const rows = message.alerts.map((alert) => alertmanagerAlert(alert, message, externalUrl))
  return {
    version: '4',
    groupKey: message.group,
    truncatedAlerts: 0,
    status: rows.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    receiver,
    groupLabels: {},
    commonLabels: inCommon(rows.map(({ labels }) => labels)),
    commonAnnotations: inCommon(rows.map(({ annotations }) => annotations)),
    externalURL: externalUrl,
    alerts: rows,
  } as const
}

function alertmanagerAlert(
  alert: SpendAlert,
  { occasion, attemptAtMs, spanOf }: Pick<Message, 'occasion' | 'attemptAtMs' | 'spanOf'>,
  externalUrl: string,
) {
  const span = spanOf?.(alert.id)
  const saidMs = Date.parse(alert.at)
  // A person's word ends an alert that burn still calls firing.
  const isOver = occasion === 'resolved' || alert.state === 'resolved'
  // The log's clock may be ahead, and an end that is to come is none.
  const endsAtMs = Math.min(span?.ended_ms ?? saidMs, attemptAtMs)
  const startsAtMs = Math.min(span?.began_ms ?? saidMs, isOver ? endsAtMs : attemptAtMs)
  const labels: Record<string, string> = {
    alertname: alert.rule,
    severity: alert.severity,
    scope: alert.scope,
    organization: alert.organization,
    period: alert.period,
    window: alert.window,
    alert_id: alert.id,
    ...(alert.allocation_id === null ? {} : { allocation_id: alert.allocation_id }),
  }
  const annotations: Record<string, string> = {
    summary: whatHappened(alert),
    description: driverLines(alert).join('; '),
    evidence: alert.evidence.sql,
  }
  return {
    status: isOver ? 'resolved' : 'firing',
    labels,
    annotations,
    startsAt: new Date(startsAtMs).toISOString(),
    endsAt: isOver ? new Date(endsAtMs).toISOString() : NOT_YET,
    generatorURL: externalUrl,
    // Part of the alert's own hash: the same alert has the same fingerprint for ever.
    fingerprint: alert.id.slice(-FINGERPRINT_CHARACTERS),
  }
}

function postableAlert({ labels, annotations, startsAt, endsAt, generatorURL }: AlertmanagerAlert): object {
  return {
    labels,
    annotations,
    startsAt,
    ...(endsAt === NOT_YET ? {} : { endsAt }),
    ...(generatorURL === '' ? {} : { generatorURL }),
  }
}

function inCommon(records: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const [first = {}, ...others] = records
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((other) => other[name] === value)),
  )
}
