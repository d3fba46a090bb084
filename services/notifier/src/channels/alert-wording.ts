import type { ResolveReason, SpendAlert } from '@meterline/domain'

import { channelLabel } from './channel-of.ts'
import { plainLine } from './plain-line.ts'
import type { Message } from './sender.ts'

const OCCASIONS: Record<Message['occasion'], string> = {
  fired: 'Firing',
  resolved: 'Resolved',
  repeated: 'Still firing',
  escalated: 'Escalated',
  acknowledged: 'Acknowledged',
  undelivered: 'Not delivered',
  test: 'Test',
}

/** One line that says what happened: the subject of a mail, the head of a Slack message, the summary of an incident. */
export function headline({
  occasion,
  alerts,
  givenUp,
}: Pick<Message, 'occasion' | 'alerts' | 'givenUp'>): string {
  const [first, ...others] = alerts
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  const to = givenUp === undefined ? '' : ` to ${channelLabel(givenUp.channel)}`
  return plainLine(`${OCCASIONS[occasion]}${to}: [${severityName(first)}] ${whatHappened(first)}${more}`)
}

/** What can be done about a delivery that was given up. */
export function wayOut({ givenUp }: Pick<Message, 'givenUp'>): readonly string[] {
  if (givenUp === undefined) return []
  const { delivery, channel, code } = givenUp
  const label = channelLabel(channel)
  return [
    plainLine(`The delivery ${delivery} to ${label} was given up (${code}), and so may others to it be.`),
    plainLine(`Send it again: meterline deliveries redeliver ${delivery}`),
    'All of them: meterline deliveries list --state dead',
  ]
}

/** What is over which bound, in words: `team:payments at 90.2 % of its budget for 2026-11`. */
export function whatHappened(alert: SpendAlert): string {
  const { rule, observed, period } = alert
  const subject = alert.allocation_id ?? alert.scope
  switch (rule) {
    case 'budget_threshold':
      return `${subject} at ${percent(observed)} of its allocation for ${period}`
    case 'daily_forecast':
      return `${subject} at ${percent(observed)} of the spend expected for ${period}`
    case 'month_over_month':
      return `${subject} ${percent(observed)} above the same span of last month`
    case 'anomaly_daily':
    case 'anomaly_seasonal':
      return `unusual spend of ${subject} on ${period} (score ${round(observed)})`
    case 'anomaly_weekly':
      return `unusual rise of the spend of ${subject} over weeks (score ${round(observed)})`
    case 'burn_rate':
      return `${subject} spends at ${round(observed)} times the pace of its budget`
    case 'unrated_usage':
      return `usage of ${subject} without a rate in ${period}`
    case 'rejected_usage':
      return `usage of ${subject} was rejected on ${period}, and is in no budget`
    case 'silence':
      return `${subject} has stopped spending`
    case 'limit_reached':
      return `${subject} at ${percent(observed)} of its limit for ${period}`
    case 'grant_expiring':
      return `a grant of ${subject} is about to expire`
    case 'limit_review':
      return `the limit of ${alert.scope} is to be reviewed (${alert.about ?? ''}, ${period})`
  }
}

/** Facts of one alert as label and value, the same for every channel. */
export function facts(alert: SpendAlert): readonly (readonly [string, string])[] {
  const { monthly_allocation: allocation, action } = alert
  if (alert.rule === 'limit_review') return reviewFacts(alert)
  const rows: (readonly [string, string] | undefined)[] = [
    ['Scope', alert.scope],
    ['Severity', severityName(alert)],
    ['Used', `${credits(alert.current_usage)} credits (${alert.window} ${alert.period})`],
    allocation === null ? undefined : ['Allocation', `${credits(allocation)} credits`],
    ['Observed', `${round(alert.observed)} against ${round(alert.threshold)}`],
    ['Seen', alert.at],
    alert.reason === undefined ? undefined : ['Over', ENDED[alert.reason]],
    action === null ? undefined : ['Action', action.type.replaceAll('_', ' ')],
  ]
  return rows.filter((row) => row !== undefined).map(([label, value]) => [label, plainLine(value)] as const)
}

/** A date has come: what was spent or seen says nothing here. */
function reviewFacts({
  scope,
  about,
  baseline,
  period,
  reason,
}: SpendAlert): readonly (readonly [string, string])[] {
  const id = about?.replace(/^limit:/, '') ?? ''
  const capMicro = baseline?.mean ?? 0
  const rows: (readonly [string, string] | undefined)[] = [
    ['Scope', scope],
    ['Limit', id],
    capMicro === 0 ? undefined : ['Cap', `${credits(capMicro / MICRO)} credits`],
    ['Review date', period],
    reason === undefined
      ? ['To do', `give it another review_at (npx meterline get limits ${id}), or remove it`]
      : ['Over', ENDED[reason]],
  ]
  return rows.filter((row) => row !== undefined).map(([label, value]) => [label, plainLine(value)] as const)
}

const ENDED: Record<ResolveReason, string> = {
  recovered: 'the figure fell',
  period_over: 'its period ended',
  policy_changed: 'its limit or rule was changed',
}

/** What the excess consists of, dearest first. */
export function driverLines(alert: SpendAlert, limit = 4): readonly string[] {
  return alert.drivers
    .slice(0, limit)
    .map(({ dimension, value, credits_micro, previous_credits_micro }) =>
      plainLine(
        `${dimension.replaceAll('_', ' ')} ${value}: ${credits(credits_micro / MICRO)} credits` +
          ` (before: ${credits(previous_credits_micro / MICRO)})`,
      ),
    )
}

const MICRO = 1_000_000

const severityName = ({ severity }: SpendAlert): string => severity.replaceAll('_', ' ')
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
const round = (value: number): string => String(Math.round(value * 1_000) / 1_000)
const credits = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 2 })
