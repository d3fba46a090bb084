import { PANE_MS, PANES_PER_DAY } from './local-panes.ts'
import type { TrueSpan } from './scenarios.ts'
import { FIRST_JUDGED_PANE, JUDGED_WEEKS } from './scenarios.ts'

/** One series' alerts beside the truth. */
export interface Judged {
  readonly alerts: readonly number[]
  readonly span: TrueSpan | undefined
}

export interface AlertQuality {
  readonly spans: number
  readonly found: number
  /** Found spans over spans; of none, NaN. */
  readonly recall: number
  /** Alerts that begin in a true span over all alerts; of none, NaN. */
  readonly precision: number
  /** From the beginning of the span to the end of the pane of the first alert. */
  readonly medianDetectMinutes: number
  readonly falseAlerts: number
  readonly falsePerTeamWeek: number
}

/** What an anomaly left in the total of its day, or in the hour, is no second one: such an alert is neither right nor false. */
const ECHO_PANES = PANES_PER_DAY
const echoEnd = ({ to }: TrueSpan): number => to + ECHO_PANES

export function alertQuality(series: readonly Judged[]): AlertQuality {
  let [right, falseAlerts] = [0, 0]
  const minutes: number[] = []
  for (const { alerts, span } of series) {
    const judged = alerts.filter((pane) => pane >= FIRST_JUDGED_PANE)
    const inSpan = judged.filter((pane) => span !== undefined && pane >= span.from && pane < span.to)
    right += inSpan.length
    falseAlerts += judged.filter(
      (pane) => span === undefined || pane < span.from || pane >= echoEnd(span),
    ).length
    const [first] = inSpan
    if (first !== undefined && span !== undefined) minutes.push(((first + 1 - span.from) * PANE_MS) / 60_000)
  }
  const spans = series.filter(({ span }) => span !== undefined).length
  minutes.sort((a, b) => a - b)
  return {
    spans,
    found: minutes.length,
    recall: minutes.length / spans,
    precision: right / (right + falseAlerts),
    medianDetectMinutes: minutes[Math.floor(minutes.length / 2)] ?? NaN,
    falseAlerts,
    falsePerTeamWeek: falseAlerts / (series.length * JUDGED_WEEKS),
  }
}
