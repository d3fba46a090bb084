import { setTimeout as delay } from 'node:timers/promises'

import { readOptions, RUN_DEADLINE_MS, USAGE } from './options.ts'
import type { BenchOptions } from './options.ts'
import { printReport } from './report/print.ts'
import { runBench } from './run-bench.ts'

/** After a signal everything is stopped in order; after this long the process goes anyway, and its children with it. */
const STOP_DEADLINE_MS = 20_000

function optionsOrExit(): BenchOptions {
  try {
    const options = readOptions(process.argv.slice(2))
    if (options !== 'help') return options
    console.log(USAGE)
    process.exit(0)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
    process.exit(2)
  }
}

const options = optionsOrExit()
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping.signal.aborted) process.exit(130)
    console.error('stopping …')
    stopping.abort(new Error(`stopped by ${signal}`))
    void delay(STOP_DEADLINE_MS, undefined, { ref: false }).then(() => process.exit(130))
  })
}

const report = await runBench(options, {
  signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(RUN_DEADLINE_MS)]),
  say: (line) => console.error(`· ${line}`),
})
console.log(options.json ? JSON.stringify(report, null, 2) : printReport(report))
process.exit(stopping.signal.aborted ? 130 : 0)
