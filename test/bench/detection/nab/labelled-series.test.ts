import { describe, expect, test } from 'vitest'

import { readLabelledSeries } from './labelled-series.ts'
import { DETECTORS, runBenchmark } from './run-benchmark.ts'

// The series are no part of the repository: where they lie beside it, the floors hold; `main.ts` says when they do not.
const series = readLabelledSeries()

describe.runIf(series !== undefined)('the labelled series', () => {
  const run = (name: string) => runBenchmark(name, DETECTORS[name] ?? (() => []), series ?? [])

  test('novelty scores above 70, and above 60 with a threshold chosen on other groups', () => {
    const { all, leftOut } = run('novelty (backtest)')
    expect(all.score).toBeGreaterThan(70)
    const unseen = leftOut.filter(({ windows }) => windows > 0).map(({ score }) => score)
    expect(Math.min(...unseen)).toBeGreaterThan(60)
  })

  test('a plain rolling z scores what it is known to score, about 35', () => {
    expect(run('rolling z, a day').all.score).toBeCloseTo(35.5, 0)
  })
})

test('without the folder there are no series', () => {
  expect(readLabelledSeries('/nowhere')).toBeUndefined()
})
