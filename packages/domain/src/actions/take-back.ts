import type { AlertStanding } from '../alerts/book/alert-standing.ts'
import type { ActionRun, ActionType } from './action-entities.ts'

/** What holds something up at our gateway, and is to end with the reason for it. */
const ENDS_WITH_ITS_ALERT: ReadonlySet<ActionType> = new Set(['rate_limit', 'block'])

/**
 * Runs that a policy let run and whose alert is over (the period has ended, a top-up came, a person said so): they are taken back as
 * they came about, without a person. What a person let run, a person takes back.
 */
export function runsToTakeBack(
  runs: Iterable<ActionRun>,
  standingOf: (alertId: string) => AlertStanding['state'] | undefined,
): ActionRun[] {
  return [...runs].filter(
    ({ type, state, undo, approved_by, alert_id }) =>
      state === 'done' &&
      undo !== null &&
      ENDS_WITH_ITS_ALERT.has(type) &&
      approved_by?.startsWith('policy:') === true &&
      alert_id !== null &&
      standingOf(alert_id) === 'resolved',
  )
}
