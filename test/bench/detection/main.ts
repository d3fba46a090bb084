import { forecastQuality } from './forecast/forecast-quality.ts'
import { readLabelledSeries } from './nab/labelled-series.ts'
import { DETECTORS, runBenchmark } from './nab/run-benchmark.ts'
import { printBenchmark } from './report/print-benchmark.ts'
import { printForecast } from './report/print-forecast.ts'
import { printQuality } from './report/print-quality.ts'
import { runScenarios } from './spend/run-scenarios.ts'

const SEEDS = [1, 2, 3, 4, 5]
const HELD_BACK_DAYS = [7, 28, 90]

const series = readLabelledSeries()
if (series === undefined) console.log('labelled series: the folder ../shared/data/nab is absent\n')
else {
  for (const [name, scorer] of Object.entries(DETECTORS)) {
    console.log(printBenchmark(runBenchmark(name, scorer, series)))
  }
}

for (const quality of runScenarios(SEEDS)) console.log(printQuality(quality))

for (const days of HELD_BACK_DAYS) console.log(printForecast(days, forecastQuality(SEEDS, days)))
