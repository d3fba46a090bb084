import type { SeasonalPane } from '@meterline/domain'
import {
  BASELINE_DAYS,
  createCalendar,
  createSpendDetector,
  dailyBaseline,
  dailyZ,
  DayTotals,
  DEFAULT_ANOMALY_POLICY,
  DEFAULT_SILENCE_POLICY,
  monthPositionFactor,
  SEASONAL_PANES,
  SilenceWatch,
  weeklyRise,
} from '@meterline/domain'

import { LOCAL_PANES, PANE_MS, TIME_ZONE } from './local-panes.ts'

/** Panes at whose end an alert begins, in order. */
export type AlertRule = (spendMicro: Float64Array) => number[]

const policy = DEFAULT_ANOMALY_POLICY
const calendar = createCalendar(TIME_ZONE)

/** What the live processor does by default: the seasonal score over 5 minutes and over an hour, the daily z, silence, the week. */
export const ALERT_RULES: Readonly<Record<string, AlertRule>> = {
  'meterline: seasonal 5 m and 1 h, daily z, weekly rise, silence': (spend) =>
    [
      ...seasonal(spend, '5m'),
      ...seasonal(spend, '1h'),
      ...daily(spend, { ...policy.daily_z, isMonthAware: true }),
      ...weekly(spend),
      ...silence(spend),
    ].sort((a, b) => a - b),
  'seasonal 5 m': (spend) => seasonal(spend, '5m'),
  'seasonal 1 h': (spend) => seasonal(spend, '1h'),
  'daily z, smallest impact': (spend) => daily(spend, { ...policy.daily_z, isMonthAware: true }),
  'weekly rise': weekly,
  silence,
  'plain 3-sigma daily': (spend) =>
    daily(spend, { threshold: 3, minimum_impact_micro: 0, isMonthAware: false }),
}

function seasonal(spend: Float64Array, pane: SeasonalPane): number[] {
  const began: number[] = []
  let wasActive = false
  const width = SEASONAL_PANES[pane] / PANE_MS
  observed(spend, pane, (from, { anomaly }) => {
    if (anomaly && !wasActive) began.push(from + width - 1)
    wasActive = anomaly
  })
  return began
}

function silence(spend: Float64Array): number[] {
  const watch = new SilenceWatch()
  const began: number[] = []
  let wasSilent = false
  observed(spend, '5m', (from, { ownHour }) => {
    const isActive = (spend[from] ?? 0) > 0
    const startMs = LOCAL_PANES[from]?.startMs ?? 0
    const { silent } = watch.observe({ startMs, isActive, panesPerHour: 12 }, ownHour, DEFAULT_SILENCE_POLICY)
    if (silent && !wasSilent) began.push(from)
    wasSilent = silent
  })
  return began
}

type Score = ReturnType<ReturnType<typeof createSpendDetector>['observe']>

/** Every pane of the scope's life, as the live detector sees it. `from`: its first pane of five minutes. */
function observed(
  spend: Float64Array,
  pane: SeasonalPane,
  onPane: (from: number, score: Score) => void,
): void {
  const detector = createSpendDetector(pane, { policy, calendar })
  const width = SEASONAL_PANES[pane] / PANE_MS
  const factors = monthFactors(spend)
  // A scope is watched from its first spend on.
  const birth = spend.findIndex((micro) => micro > 0)
  for (let from = birth - (birth % width); from + width <= spend.length; from += width) {
    let value = 0
    for (let each = from; each < from + width; each++) value += spend[each] ?? 0
    const timestampMs = LOCAL_PANES[from]?.startMs ?? 0
    onPane(from, detector.observe({ timestampMs, value, factor: factors[from] ?? 1 }))
  }
}

/** The live factor of every pane's day. */
function monthFactors(spend: Float64Array): Float64Array {
  const factors = new Float64Array(spend.length).fill(1)
  forEachDay(spend, (days, day, panes) => {
    factors.fill(monthPositionFactor(days, calendar, day), panes.from, panes.to)
  })
  return factors
}

function weekly(spend: Float64Array): number[] {
  const began: number[] = []
  let isActive = false
  forEachDay(spend, (days, day, { from }) => {
    const rise = weeklyRise(days, day)
    const { threshold, z, resolve_below, minimum_impact_micro } = policy.weekly
    const isLarge = rise !== undefined && rise.weekMicro - rise.usualMicro >= minimum_impact_micro
    const isHigh = isLarge && rise.rise >= threshold && rise.z >= z
    if (isHigh && !isActive) began.push(from)
    isActive = isHigh || (isActive && rise !== undefined && rise.rise >= resolve_below)
  })
  return began
}

/** At the start of each day, with the totals of the full days before it. */
function forEachDay(
  spend: Float64Array,
  visit: (days: DayTotals, day: number, panes: { readonly from: number; readonly to: number }) => void,
): void {
  const days = new DayTotals()
  let [today, from, total] = [calendar.day(LOCAL_PANES[0]?.startMs ?? 0), 0, 0]
  for (const [pane, { startMs }] of LOCAL_PANES.entries()) {
    const day = calendar.day(startMs)
    if (day !== today) {
      visit(days, today, { from, to: pane })
      if (total > 0) days.add(today, total, 1)
      ;[today, from, total] = [day, pane, 0]
      days.advance(today)
    }
    total += spend[pane] ?? 0
  }
  visit(days, today, { from, to: spend.length })
}

interface DailyRule {
  readonly threshold: number
  readonly minimum_impact_micro: number
  readonly isMonthAware: boolean
}

/** The day so far against the days before, after every pane; once a day. A day without spend before the first is no history. */
function daily(spend: Float64Array, rule: DailyRule): number[] {
  const factors = rule.isMonthAware ? monthFactors(spend) : undefined
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
    const unexplained = total / (factors?.[pane] ?? 1)
    const { z } = dailyZ(unexplained, baseline)
    const large = unexplained - baseline.mean >= rule.minimum_impact_micro
    if (z !== null && z > rule.threshold && large && !alerted) {
      alerted = true
      began.push(pane)
    }
  }
  return began
}
