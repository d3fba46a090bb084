import type { Shell } from '../bench/bench.ts'
import { readOptions } from '../bench/options.ts'
import { readLoadOptions, USAGE } from './options.ts'
import type { LoadOptions } from './options.ts'
import { printLoad } from './print-load.ts'
import { runLoad } from './run-load.ts'

/** Starting, measuring the rate, catching up and checking come on top of the minutes. */
const MARGIN_MINUTES = 15
const DEADLINE_FACTOR = 2.5
const MINUTE_MS = 60_000

function optionsOrExit(): LoadOptions {
  try {
    return readLoadOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
    process.exit(2)
  }
}

const options = optionsOrExit()
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => stopping.abort(new Error(`stopped by ${signal}`)))
}
const bench = readOptions([])
if (bench === 'help') throw new TypeError('the benchmark has no options of its own')
const deadlineMs = (options.minutes * DEADLINE_FACTOR + MARGIN_MINUTES) * MINUTE_MS
const shell: Shell = {
  options: bench,
  signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(deadlineMs)]),
  say: (line) => console.error(`· ${line}`),
  seen: () => Promise.resolve(),
}
const report = await runLoad(options, shell)
console.log(printLoad(report))
process.exit(report.problems.length === 0 ? 0 : 1)
