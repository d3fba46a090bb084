import type { Observation } from '@meterline/domain'
import { backtestSeries } from '@meterline/domain'

import type { BenchmarkScore } from './benchmark-score.ts'
import { benchmarkScore } from './benchmark-score.ts'
import type { LabelledSeries } from './labelled-series.ts'
import { rollingZ } from './rolling-z.ts'

/** A day of 5-minute rows. */
const CONTROL_ROWS = 288

export type Scorer = (rows: readonly Observation[]) => number[]

export const DETECTORS: Readonly<Record<string, Scorer>> = {
  'novelty (backtest)': (rows) => backtestSeries(rows).map(({ score }) => score),
  'deviations (live alerts)': (rows) => backtestSeries(rows).map(({ deviations }) => Math.abs(deviations)),
  'rolling z, a day': (rows) => rollingZ(rows, CONTROL_ROWS),
}

export interface GroupScore extends BenchmarkScore {
  readonly group: string
}

export interface BenchmarkRun {
  readonly detector: string
  readonly all: BenchmarkScore
  /** Each group at the threshold that is best for all. */
  readonly groups: readonly GroupScore[]
  /** Each group at the threshold that is best for the other groups: what an unseen kind of series would get. */
  readonly leftOut: readonly GroupScore[]
}

export function runBenchmark(
  detector: string,
  scorer: Scorer,
  series: readonly LabelledSeries[],
): BenchmarkRun {
  const scored = series.map(({ group, rows, windows }) => ({ group, windows, scores: scorer(rows) }))
  const all = benchmarkScore(scored)
  const byGroup = [...new Set(series.map(({ group }) => group))].map((group) => ({
    group,
    own: scored.filter((each) => each.group === group),
    others: scored.filter((each) => each.group !== group),
  }))
  return {
    detector,
    all,
    groups: byGroup.map(({ group, own }) => ({ group, ...benchmarkScore(own, all.threshold) })),
    leftOut: byGroup.map(({ group, own, others }) => ({
      group,
      ...benchmarkScore(own, benchmarkScore(others).threshold),
    })),
  }
}
