import type { RowRange } from './labelled-series.ts'

// The standard profile of the Numenta Anomaly Benchmark (Lavin and Ahmad, 2015).
const TRUE_POSITIVE = 1
const FALSE_NEGATIVE = 1
const FALSE_POSITIVE = 0.11
const PROBATION_SHARE = 0.15
const MAX_PROBATION_ROWS = 750

export interface ScoredSeries {
  /** One per row, in time order: the higher, the more anomalous. */
  readonly scores: readonly number[]
  readonly windows: readonly RowRange[]
}

export interface BenchmarkScore {
  /** 0 for a detector that finds nothing, 100 for one that finds every window at its first row and nothing else; may be below 0. */
  readonly score: number
  /** A row is a detection when its score is at least this; the same for all series, the one that scores best. */
  readonly threshold: number
  readonly windows: number
  readonly found: number
  /** Rows outside all windows at or above the threshold. */
  readonly falseRows: number
}

interface WeightedRow {
  readonly score: number
  readonly weight: number
  /** Number of its window over all series; −1 outside of all. */
  readonly window: number
}

/** The score at the best single threshold, or at `threshold`. The rows of the probation count nowhere. */
export function benchmarkScore(series: readonly ScoredSeries[], threshold?: number): BenchmarkScore {
  const windows = series.reduce((count, each) => count + each.windows.length, 0)
  let firstWindow = 0
  const rows = series.flatMap((each) => {
    const weighted = weightedRows(each, firstWindow)
    firstWindow += each.windows.length
    return weighted
  })
  rows.sort((a, b) => b.score - a.score)
  const best = threshold === undefined ? sweep(rows, windows) : sweepTo(rows, windows, threshold)
  const range = windows * (TRUE_POSITIVE + FALSE_NEGATIVE)
  return { ...best, windows, score: (100 * (best.raw + windows * FALSE_NEGATIVE)) / range }
}

interface Standing {
  raw: number
  threshold: number
  found: number
  falseRows: number
}

function sweep(rows: readonly WeightedRow[], windows: number): Standing {
  let best: Standing = { raw: -windows * FALSE_NEGATIVE, threshold: Infinity, found: 0, falseRows: 0 }
  for (const standing of standings(rows, windows)) if (standing.raw > best.raw) best = standing
  return best
}

function sweepTo(rows: readonly WeightedRow[], windows: number, threshold: number): Standing {
  let last: Standing = { raw: -windows * FALSE_NEGATIVE, threshold, found: 0, falseRows: 0 }
  for (const standing of standings(rows, windows)) {
    if (standing.threshold < threshold) break
    last = { ...standing, threshold }
  }
  return last
}

/** Where the score stands at each threshold, from the highest down: a window is worth its best row, false rows add up. */
function* standings(rows: readonly WeightedRow[], windows: number): Generator<Standing> {
  const worth = new Map<number, number>()
  let [raw, falseRows] = [-windows * FALSE_NEGATIVE, 0]
  for (const [index, { score, weight, window }] of rows.entries()) {
    if (window < 0) {
      raw += weight
      falseRows++
    } else {
      const before = worth.get(window) ?? -FALSE_NEGATIVE
      raw += Math.max(0, weight - before)
      worth.set(window, Math.max(before, weight))
    }
    if (rows[index + 1]?.score !== score) yield { raw, threshold: score, found: worth.size, falseRows }
  }
}

function weightedRows({ scores, windows }: ScoredSeries, firstWindow: number): WeightedRow[] {
  const probation = Math.min(MAX_PROBATION_ROWS, Math.floor(scores.length * PROBATION_SHARE))
  return scores
    .map((score, row) => {
      const within = windows.findIndex(({ first, last }) => row >= first && row <= last)
      const weight = rowWeight(row, windows)
      return { score, weight, window: within < 0 ? -1 : firstWindow + within }
    })
    .slice(probation)
}

/** Full worth at the first row of a window, half at its middle and nothing at its end; after it, a false row costs more the later. */
function rowWeight(row: number, windows: readonly RowRange[]): number {
  const own = windows.find(({ first, last }) => row >= first && row <= last)
  if (own !== undefined) {
    const width = own.last - own.first + 1
    return (TRUE_POSITIVE * scaledSigmoid(-(own.last - row + 1) / width)) / scaledSigmoid(-1)
  }
  const previous = windows.findLast(({ last }) => last < row)
  if (previous === undefined) return -FALSE_POSITIVE
  return FALSE_POSITIVE * scaledSigmoid((row - previous.last) / (previous.last - previous.first))
}

/** From nearly 1 at −1 through 0 at the right end of the window to −1. */
function scaledSigmoid(position: number): number {
  return position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1
}
