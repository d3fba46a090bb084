import type { AlertRoute } from '../alert-entities.ts'
import type { AlertRule } from '../spend-alert.ts'
import type { AlertStanding } from './alert-standing.ts'
import { alertStanding, endOf, silencesOver } from './alert-standing.ts'
import type { BookMoment } from './book-moment.ts'
import type { DeliveryOccasion } from './delivery.ts'
import type { KeptAlert } from './kept-alerts.ts'
import { wasTold } from './said.ts'
import type { SaidOfAlert } from './said.ts'

/** A warning that nobody acknowledged by then is told to whom it escalates. */
export const ESCALATE_AFTER_MS = 24 * 3_600_000
/** What ended longer ago and was never said, is not said any more. */
export const MAX_UNSAID_AGE_MS = 24 * 3_600_000

/** Says that a date has come: once, whatever the route's interval is. */
const REMINDER: AlertRule = 'limit_review'

export interface DueOccasion {
  readonly channel: string
  readonly occasion: DeliveryOccasion
  readonly route: AlertRoute
  /** Since when it may be said: its group may make it wait longer. */
  readonly eligibleMs: number
}

/** What is to be said of one alert: at most one thing to each channel, on the first route that has the channel. */
export function dueOccasions(
  kept: KeptAlert,
  routes: readonly AlertRoute[],
  book: BookMoment,
): DueOccasion[] {
  const standing = alertStanding(kept, book)
  const found = routes.flatMap((route) => occasionsOnRoute({ kept, standing, route }, book))
  const channels = new Set<string>()
  return found.filter(({ channel }) => !channels.has(channel) && channels.add(channel))
}

/**
 * Of an alert of which nothing is due: the first moment after now at which time alone may change that. Infinity where only something
 * that happens can: its end, a word of a person, another version.
 */
export function quietUntilMs(kept: KeptAlert, book: BookMoment): number {
  const { state } = alertStanding(kept, book)
  if (state !== 'firing') return Infinity
  const turns = silencesOver(kept, book.view).flatMap(({ starts_at_ms, ends_at_ms }) => [
    starts_at_ms,
    ends_at_ms,
  ])
  const speaks = book
    .routesOf(kept)
    .flatMap((route) => [
      escalationMs(kept),
      ...route.channels.map((channel) => repetitionMs(route, book.said.of(kept.alert.id, channel))),
    ])
  // Whoever says it may have a clock ahead of ours: then nothing is due before it begins.
  return Math.min(Infinity, ...[kept.beganMs, ...turns, ...speaks].filter((ms) => ms > book.nowMs))
}

interface OnRoute {
  readonly kept: KeptAlert
  readonly standing: AlertStanding
  readonly route: AlertRoute
}

function occasionsOnRoute(on: OnRoute, book: BookMoment): DueOccasion[] {
  const { kept, standing, route } = on
  switch (standing.state) {
    case 'resolved':
      return [...told(on, book), ...missed(on, book)]
    case 'acknowledged':
      return book.said
        .waiting(kept.alert.id)
        .filter((channel) => book.said.of(kept.alert.id, channel).acknowledged === undefined)
        .map((channel) => {
          const eligibleMs = standing.mark?.at_ms ?? standing.began_ms
          return { channel, occasion: 'acknowledged', route, eligibleMs }
        })
    case 'firing':
      if (standing.silenced_by.length > 0 || standing.inhibited_by !== null) return []
      // An escalation says all that a repetition does.
      return [...escalations(on, book), ...firings(on, book)]
  }
}

function firings({ kept, route }: OnRoute, book: BookMoment): DueOccasion[] {
  const freeMs = freeSinceMs(kept, book)
  return route.channels.flatMap((channel): DueOccasion[] => {
    const said = book.said.of(kept.alert.id, channel)
    if (!wasTold(said)) return [{ channel, occasion: 'fired', route, eligibleMs: freeMs }]
    if (kept.alert.rule === REMINDER) return []
    const eligibleMs = Math.max(repetitionMs(route, said), freeMs)
    return eligibleMs <= book.nowMs ? [{ channel, occasion: 'repeated', route, eligibleMs }] : []
  })
}

function escalations({ kept, route }: OnRoute, book: BookMoment): DueOccasion[] {
  if (kept.alert.severity !== 'warning' || kept.alert.rule === REMINDER) return []
  const eligibleMs = Math.max(escalationMs(kept), freeSinceMs(kept, book))
  if (eligibleMs > book.nowMs) return []
  return route.escalate_to
    .filter((channel) => book.said.of(kept.alert.id, channel).escalated === undefined)
    .map((channel) => ({ channel, occasion: 'escalated', route, eligibleMs }))
}

const escalationMs = ({ beganMs }: KeptAlert): number => beganMs + ESCALATE_AFTER_MS

/** When it is said again to whom it was said before. */
function repetitionMs(route: AlertRoute, said: SaidOfAlert): number {
  const lastMs = Math.max(...[said.fired, said.repeated, said.escalated].map((ms) => ms ?? -Infinity))
  return lastMs + route.repeat_interval_ms
}

/** Since when nothing has kept the alert from being said: its begin, or the end of the last silence or hard cap over it. */
function freeSinceMs(kept: KeptAlert, { alerts, view, nowMs }: BookMoment): number {
  const silences = silencesOver(kept, view).map(({ ends_at_ms }) => ends_at_ms)
  const caps = alerts.inhibitorsOf(kept).flatMap((cap) => endOf(cap, view) ?? [])
  return Math.max(kept.beganMs, ...[...silences, ...caps].filter((endMs) => endMs <= nowMs))
}

/** The end of what was said is said, also under a silence: a pager that was opened has to be closed. */
function told({ kept, standing, route }: OnRoute, book: BookMoment): DueOccasion[] {
  const eligibleMs = standing.ended_ms ?? standing.began_ms
  return book.said
    .waiting(kept.alert.id)
    .map((channel) => ({ channel, occasion: 'resolved', route, eligibleMs }))
}

/**
 * What was not said, though it lasted longer than its group waits, is said once when it is over: the notifier was away. Unless
 * something kept it from being said all the same.
 */
function missed({ kept, standing, route }: OnRoute, book: BookMoment): DueOccasion[] {
  const eligibleMs = standing.ended_ms ?? standing.began_ms
  const wasMissed =
    eligibleMs - kept.beganMs > route.group_wait_ms &&
    book.nowMs - eligibleMs <= MAX_UNSAID_AGE_MS &&
    silencesOver(kept, book.view).length === 0 &&
    book.alerts.inhibitorsOf(kept).length === 0
  if (!wasMissed) return []
  return route.channels
    .filter((channel) => {
      const said = book.said.of(kept.alert.id, channel)
      return !wasTold(said) && said.resolved === undefined
    })
    .map((channel) => ({ channel, occasion: 'resolved', route, eligibleMs }))
}
