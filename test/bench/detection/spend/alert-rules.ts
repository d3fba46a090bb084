import type { SeasonalPane } from '@meterline/domain'
import {
  BASELINE_DAYS,
  createCalendar,
  createSpendDetector,
  dailyBaseline,
  dailyZ,
  DEFAULT_ANOMALY_POLICY,
  SEASONAL_PANES,
} from '@meterline/domain'

import { LOCAL_PANES, PANE_MS, TIME_ZONE } from './local-panes.ts'

/** Panes at whose end an alert begins, in order. */
export type AlertRule = (spendMicro: Float64Array) => number[]

const policy = DEFAULT_ANOMALY_POLICY
const calendar = createCalendar(TIME_ZONE)

/** What the live processor does by default: the seasonal score over 5 minutes and over an hour, and the daily z. */
export const ALERT_RULES: Readonly<Record<string, AlertRule>> = {
  'meterline: seasonal 5 m and 1 h, and daily z': (spend) =>
    [...seasonal(spend, '5m'), ...seasonal(spend, '1h'), ...daily(spend, policy.daily_z)].sort(
      (a, b) => a - b,
    ),
  'seasonal 5 m': (spend) => seasonal(spend, '5m'),
  'seasonal 1 h': (spend) => seasonal(spend, '1h'),
  'daily z, smallest impact': (spend) => daily(spend, policy.daily_z),
  'plain 3-sigma daily': (spend) => daily(spend, { threshold: 3, minimum_impact_micro: 0 }),
}

function seasonal(spend: Float64Array, pane: SeasonalPane): number[] {
  const detector = createSpendDetector(pane, { policy, calendar })
  const width = SEASONAL_PANES[pane] / PANE_MS
  const began: number[] = []
  let active = false
  // A scope is watched from its first spend on.
  const birth = spend.findIndex((micro) => micro > 0)
  for (let from = birth - (birth % width); from + width <= spend.length; from += width) {
    let value = 0
    for (let each = from; each < from + width; each++) value += spend[each] ?? 0
    const { anomaly } = detector.observe({ timestampMs: LOCAL_PANES[from]?.startMs ?? 0, value })
    if (anomaly && !active) began.push(from + width - 1)
    active = anomaly
  }
  return began
}

/** The day so far against the days before, after every pane; once a day. A day without spend before the first is no history. */
function daily(
  spend: Float64Array,
  rule: { readonly threshold: number; readonly minimum_impact_micro: number },
): number[] {
  const began: number[] = []
  const past: number[] = []
  let [today, total, alerted] = [NaN, 0, false]
  let baseline = dailyBaseline([])
  for (const [pane, { startMs }] of LOCAL_PANES.entries()) {
    const day = calendar.day(startMs)
    if (day !== today) {
      if (past.length > 0 || total > 0) past.push(total)
      baseline = dailyBaseline(past.slice(-BASELINE_DAYS))
      ;[today, total, alerted] = [day, 0, false]
    }
    total += spend[pane] ?? 0
    const { z } = dailyZ(total, baseline)
    const large = total - baseline.mean >= rule.minimum_impact_micro
    if (z !== null && z > rule.threshold && large && !alerted) {
      alerted = true
      began.push(pane)
    }
  }
  return began
}
