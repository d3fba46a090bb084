import type { Calendar } from '../windows/calendar.ts'
import type { AnomalyPolicy } from './anomaly-policy.ts'
import { createSeasonalDetector } from './seasonal-detector.ts'
import type { SeasonalDetector } from './seasonal-detector.ts'

export const SEASONAL_PANES = { '5m': 300_000, '1h': 3_600_000 } as const
export type SeasonalPane = keyof typeof SEASONAL_PANES
/** A pane is scored this long after its end, so that what is a few seconds late still counts in it. */
export const PANE_GRACE_MS = 15_000

const WARM_UP_MS = 24 * 3_600_000
const RELATIVE_FLOOR = 0.1
/** Where most panes of 5 minutes are empty, the hour says what is unusual. */
const MAX_BUSY_FACTOR = 2

/** The seasonal detector as spend is watched: upwards only, from the second day on. */
export function createSpendDetector(
  pane: SeasonalPane,
  options: { readonly policy: AnomalyPolicy; readonly calendar: Calendar },
  snapshot?: readonly number[],
): SeasonalDetector {
  const { seasonal } = options.policy
  return createSeasonalDetector(
    {
      calendar: options.calendar,
      paneMs: SEASONAL_PANES[pane],
      direction: 'up',
      threshold: seasonal.threshold,
      resolveBelow: seasonal.resolve_below,
      minimumImpact: seasonal.minimum_impact_micro,
      // A tenth of the smallest impact: a scope that spends next to nothing has no wild scores.
      absoluteFloor: Math.max(1, seasonal.minimum_impact_micro / 10),
      relativeFloor: RELATIVE_FLOOR,
      k: seasonal.k,
      n: seasonal.n,
      novelty: false,
      intermittent: true,
      maxBusyFactor: pane === '5m' ? MAX_BUSY_FACTOR : Infinity,
      warmUpPanes: Math.round(WARM_UP_MS / SEASONAL_PANES[pane]),
    },
    snapshot,
  )
}
