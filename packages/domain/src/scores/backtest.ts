import { createCalendar } from '../windows/calendar.ts'
import type { Observation, SeasonalPolicy } from './seasonal-detector.ts'
import { createSeasonalDetector } from './seasonal-detector.ts'

export interface BacktestRow extends Observation {
  /** Novelty: the distance from the expected value over the largest one before. Comparable between series; above 1 is a record. */
  readonly score: number
  /** Deviations from the expected value, signed: what live spend is alerted by, upwards only. */
  readonly deviations: number
  readonly anomaly: boolean
}

const WARM_UP_SHARE = 0.15
const MAX_WARM_UP_PANES = 750

/**
 * Runs a whole series, in time order, through the detector of `score-anomalies`. What `policy` leaves out is chosen from the
 * series: pane length = median step; the warm-up is the first 15 %, at most 750 rows.
 */
export function backtestSeries(
  series: readonly Observation[],
  policy: Partial<SeasonalPolicy> & { readonly timeZone?: string } = {},
): BacktestRow[] {
  const { timeZone = 'UTC', ...given } = policy
  const detector = createSeasonalDetector({
    calendar: createCalendar(timeZone),
    paneMs: medianStepMs(series),
    direction: 'both',
    threshold: 6,
    resolveBelow: 3,
    minimumImpact: 0,
    absoluteFloor: Number.MIN_VALUE,
    relativeFloor: 0.02,
    k: 2,
    n: 3,
    warmUpPanes: Math.min(MAX_WARM_UP_PANES, Math.floor(series.length * WARM_UP_SHARE)),
    novelty: true,
    intermittent: false,
    maxBusyFactor: Infinity,
    ...given,
  })
  return series.map((row) => {
    const { novelty, score, anomaly } = detector.observe(row)
    return { timestampMs: row.timestampMs, value: row.value, score: novelty, deviations: score, anomaly }
  })
}

function medianStepMs(series: readonly Observation[]): number {
  const steps = series
    .slice(1)
    .map((row, index) => row.timestampMs - (series[index]?.timestampMs ?? 0))
    .filter((step) => step > 0)
    .sort((a, b) => a - b)
  return steps[Math.floor(steps.length / 2)] ?? 300_000
}
