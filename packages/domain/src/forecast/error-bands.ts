import { DAYS_PER_WEEK } from './damped-weekly.ts'

/** Actual minus forecast, `ahead` days after the forecast was made. */
export interface PastError {
  readonly ahead: number
  readonly error: number
}

export interface ErrorBand {
  readonly low80: number
  readonly high80: number
  readonly low95: number
  readonly high95: number
}

/** With fewer errors at a distance the quantiles of the tail say nothing: the nearer distance is widened instead. */
const MIN_ERRORS = 40

/**
 * Quantiles of the errors made so far, pooled by week ahead; a band never narrows with distance. Where history is too short for
 * a distance, the last known band grows with the square root of the distance, as the errors of a random walk do.
 */
export function errorBands(errors: readonly PastError[], days: number): ErrorBand[] {
  const byWeek = Map.groupBy(errors, ({ ahead }) => Math.ceil(ahead / DAYS_PER_WEEK))
  const bands: ErrorBand[] = []
  let [band, bandWeek] = [bandOf((byWeek.get(1) ?? []).map(({ error }) => error)), 1]
  for (let day = 1; day <= days; day++) {
    const week = Math.ceil(day / DAYS_PER_WEEK)
    const own = byWeek.get(week) ?? []
    if (week > bandWeek && own.length >= MIN_ERRORS) {
      band = wider(band, bandOf(own.map(({ error }) => error)))
      bandWeek = week
    }
    bands.push(scaled(band, Math.sqrt(week / bandWeek)))
  }
  return bands
}

function bandOf(errors: readonly number[]): ErrorBand {
  const sorted = errors.toSorted((a, b) => a - b)
  return {
    low80: Math.min(0, quantile(sorted, 0.1)),
    high80: Math.max(0, quantile(sorted, 0.9)),
    low95: Math.min(0, quantile(sorted, 0.025)),
    high95: Math.max(0, quantile(sorted, 0.975)),
  }
}

/** Rank among n + 1, so that few errors give a wide band rather than a sure one. */
function quantile(sorted: readonly number[], share: number): number {
  const rank = share * (sorted.length + 1) - 1
  const below = Math.max(0, Math.min(sorted.length - 1, Math.floor(rank)))
  const above = Math.max(0, Math.min(sorted.length - 1, Math.ceil(rank)))
  const [low = 0, high = 0] = [sorted[below], sorted[above]]
  return low + (high - low) * Math.min(1, Math.max(0, rank - below))
}

function wider(a: ErrorBand, b: ErrorBand): ErrorBand {
  return {
    low80: Math.min(a.low80, b.low80),
    high80: Math.max(a.high80, b.high80),
    low95: Math.min(a.low95, b.low95),
    high95: Math.max(a.high95, b.high95),
  }
}

function scaled(band: ErrorBand, factor: number): ErrorBand {
  return {
    low80: band.low80 * factor,
    high80: band.high80 * factor,
    low95: band.low95 * factor,
    high95: band.high95 * factor,
  }
}
