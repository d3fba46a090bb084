import type { SpendAlert } from '../spend-alert.ts'
import { groupOf } from './alert-routes.ts'
import { endOf } from './alert-standing.ts'
import type { BookMoment } from './book-moment.ts'
import { createDelivery, MAX_ALERTS_PER_DELIVERY } from './delivery.ts'
import type { Delivery } from './delivery.ts'
import type { DueOccasion } from './due-occasions.ts'
import { dueOccasions, MAX_UNSAID_AGE_MS, quietUntilMs } from './due-occasions.ts'
import type { KeptAlert } from './kept-alerts.ts'

interface Candidate extends DueOccasion {
  readonly alert: SpendAlert
  readonly group: string
}

/**
 * What is due now. Alerts of one group wait for each other: the first that may be said opens a window of the group's wait, and
 * what may be said before its end goes with it. Windows follow from the times of the alerts, not from when they are asked for.
 */
export function dueDeliveries(book: BookMoment): Delivery[] {
  const candidates = candidatesNow(book)
  const groups = Map.groupBy(candidates, ({ route, channel, group, occasion }) =>
    JSON.stringify([route.id, channel, group, occasion]),
  )
  return [...groups.values()]
    .flatMap(windowsOf)
    .filter(({ due_ms }) => due_ms <= book.nowMs)
    .sort((a, b) => a.due_ms - b.due_ms || (a.id < b.id ? -1 : 1))
}

function candidatesNow(book: BookMoment): Candidate[] {
  const { alerts, quiet, nowMs } = book
  quiet.keepUp()
  const candidates: Candidate[] = []
  for (const kept of alerts.values()) {
    if (quiet.isQuiet(kept, nowMs)) continue
    const found = candidatesOf(kept, book)
    if (found.length === 0) quiet.put(kept, { fromMs: nowMs, untilMs: quietUntilMs(kept, book) })
    candidates.push(...found)
  }
  return candidates
}

function candidatesOf(kept: KeptAlert, book: BookMoment): Candidate[] {
  if (isSettled(kept, book)) return []
  const { alert } = kept
  return dueOccasions(kept, book.routesOf(kept), book).map((due) => ({
    ...due,
    alert,
    group: groupOf(alert, due.route),
  }))
}

/** Over for so long that only who was told of it could still wait for a word: the many old alerts cost no routing. */
function isSettled(kept: KeptAlert, { said, view, nowMs }: BookMoment): boolean {
  const endMs = endOf(kept, view)
  return endMs !== null && nowMs - endMs > MAX_UNSAID_AGE_MS && said.waiting(kept.alert.id).length === 0
}

function windowsOf(group: readonly Candidate[]): Delivery[] {
  const inOrder = [...group].sort((a, b) => a.eligibleMs - b.eligibleMs || (a.alert.id < b.alert.id ? -1 : 1))
  const windows: Candidate[][] = []
  for (const candidate of inOrder) {
    const window = windows.at(-1)
    if (window?.[0] === undefined || candidate.eligibleMs > dueMs(window[0])) windows.push([candidate])
    else window.push(candidate)
  }
  return windows.flatMap(deliveriesOf)
}

function deliveriesOf(window: readonly Candidate[]): Delivery[] {
  const [first] = window
  if (first === undefined) return []
  const { channel, route, group, occasion } = first
  const deliveries: Delivery[] = []
  for (let from = 0; from < window.length; from += MAX_ALERTS_PER_DELIVERY) {
    const alerts = window.slice(from, from + MAX_ALERTS_PER_DELIVERY).map(({ alert }) => alert)
    const content = { channel, route: route.id, group, occasion, due_ms: dueMs(first), alerts }
    deliveries.push(createDelivery(content))
  }
  return deliveries
}

/** An answer of a person goes out at once, and so does an escalation: both were waited for long enough. */
function dueMs({ occasion, route, eligibleMs }: Candidate): number {
  const isPrompt = occasion === 'acknowledged' || occasion === 'escalated'
  return isPrompt ? eligibleMs : eligibleMs + route.group_wait_ms
}
