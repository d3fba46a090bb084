import { readLabelledSeries } from './nab/labelled-series.ts'
import { DETECTORS, runBenchmark } from './nab/run-benchmark.ts'
import { printBenchmark } from './report/print-benchmark.ts'
import { printQuality } from './report/print-quality.ts'
import { runScenarios } from './spend/run-scenarios.ts'

const SEEDS = [1, 2, 3, 4, 5]

const series = readLabelledSeries()
if (series === undefined) console.log('labelled series: the folder ../shared/data/nab is absent\n')
else {
  for (const [name, scorer] of Object.entries(DETECTORS)) {
    console.log(printBenchmark(runBenchmark(name, scorer, series)))
  }
}

for (const quality of runScenarios(SEEDS)) console.log(printQuality(quality))
