import type { SpendAlert } from './spend-alert.ts'

export const SPEND_ALERT_TYPE = 'spend.alert'
export const SPEND_ALERT_SOURCE = '/meterline/burn'
/** Value of the Kafka header `content-type` beside it. */
export const SPEND_ALERT_CONTENT_TYPE = 'application/cloudevents+json; charset=UTF-8'

/** The CloudEvents 1.0 envelope of an alert, structured mode. */
export interface SpendAlertEvent {
  readonly specversion: '1.0'
  /** Alert id and version: each state of an alert is an event of its own. */
  readonly id: string
  readonly source: string
  readonly type: typeof SPEND_ALERT_TYPE
  readonly subject: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly data: SpendAlert
}

export function spendAlertEvent(alert: SpendAlert): SpendAlertEvent {
  return {
    specversion: '1.0',
    id: `${alert.id}.${alert.version}`,
    source: SPEND_ALERT_SOURCE,
    type: SPEND_ALERT_TYPE,
    subject: alert.scope,
    time: alert.at,
    datacontenttype: 'application/json',
    data: ordered(alert),
  }
}

/** The bytes on the topic. Fields stand in one order, so the same alert is the same bytes in every replay. */
export function spendAlertJson(alert: SpendAlert): string {
  return JSON.stringify(spendAlertEvent(alert))
}

function ordered(alert: SpendAlert): SpendAlert {
  const { event, id, version, state, severity, rule, scope, organization, allocation_id } = alert
  const { threshold, current_usage, current_usage_micro, monthly_allocation, monthly_allocation_micro } =
    alert
  const { observed, baseline, z, window, period, at, superseded_by, drivers, action, notify, evidence } =
    alert
  const about = alert.about === undefined ? {} : { about: alert.about }
  const reason = alert.reason === undefined ? {} : { reason: alert.reason }
  return {
    event,
    severity,
    allocation_id,
    threshold,
    current_usage,
    monthly_allocation,
    action,
    notify,
    id,
    version,
    state,
    rule,
    scope,
    organization,
    window,
    period,
    at,
    observed,
    current_usage_micro,
    monthly_allocation_micro,
    baseline,
    z,
    superseded_by,
    drivers,
    evidence,
    ...about,
    ...reason,
  }
}
