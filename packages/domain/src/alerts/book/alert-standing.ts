import type { OrganizationView } from '../../organization/organization-view.ts'
import type { AlertMark, Silence } from '../alert-entities.ts'
import type { SpendAlert } from '../spend-alert.ts'
import type { KeptAlert, KeptAlerts } from './kept-alerts.ts'
import { matchesAlert } from './match-alert.ts'

/** An alert with what people and other alerts have to say about it. */
export interface AlertStanding {
  /** The newest version that burn wrote. */
  readonly alert: SpendAlert
  /** What it comes to: burn's word, and over it the mark of a person. */
  readonly state: 'firing' | 'acknowledged' | 'resolved'
  readonly began_ms: number
  /** `null` while it lasts. */
  readonly ended_ms: number | null
  readonly mark: AlertMark | null
  /** Ids of the silences in force. */
  readonly silenced_by: readonly string[]
  /** Id of the hard-cap alert that makes it unimportant. */
  readonly inhibited_by: string | null
}

export interface StandingMoment {
  readonly alerts: KeptAlerts
  readonly view: OrganizationView
  readonly nowMs: number
}

export function alertStanding(kept: KeptAlert, moment: StandingMoment): AlertStanding {
  const { alerts, view, nowMs } = moment
  const { alert, beganMs } = kept
  const mark = view.entities.alert_mark.get(alert.id) ?? null
  const ended_ms = endOf(kept, view)
  return {
    alert,
    state: ended_ms !== null ? 'resolved' : mark?.state === 'acknowledged' ? 'acknowledged' : 'firing',
    began_ms: beganMs,
    ended_ms,
    mark,
    silenced_by: silencesOver(kept, view)
      .filter(({ starts_at_ms, ends_at_ms }) => starts_at_ms <= nowMs && nowMs < ends_at_ms)
      .map(({ id }) => id)
      .sort(),
    inhibited_by: alerts.inhibitorsOf(kept).find((cap) => endOf(cap, view) === null)?.alert.id ?? null,
  }
}

/** When burn or a person said it is over; `null` while it lasts. */
export function endOf({ alert }: KeptAlert, view: OrganizationView): number | null {
  const mark = view.entities.alert_mark.get(alert.id)
  const saidMs = alert.state === 'resolved' ? Date.parse(alert.at) : Infinity
  const markedMs = mark?.state === 'resolved' ? mark.at_ms : Infinity
  const endMs = Math.min(saidMs, markedMs)
  return endMs === Infinity ? null : endMs
}

/** The silences, past and to come, that are about the alert and reach into its time. */
export function silencesOver({ alert, beganMs }: KeptAlert, view: OrganizationView): Silence[] {
  return [...view.entities.silence.values()].filter(
    ({ match, ends_at_ms }) => ends_at_ms > beganMs && matchesAlert(match, alert, view),
  )
}
