// A sink as a process of its own, to be killed: `node sink-process.ts <TestSink and fault as JSON>`.
import type { LoadStep } from '../exactly-once/load-events.ts'
import { runTestSink } from './run-sink.ts'
import type { TestSink } from './run-sink.ts'

export interface ProcessFault {
  readonly step: LoadStep
  /** The fault happens when the step is reached for the n-th time. */
  readonly occurrence: number
  readonly signal: 'SIGKILL' | 'SIGSTOP'
}

const { fault, ...sink } = JSON.parse(process.argv[2] ?? '{}') as TestSink & { readonly fault?: ProcessFault }
let reached = 0

// The death of the test must be ours too.
process.stdin.on('end', () => process.exit(1)).resume()

await runTestSink(sink, (step) => {
  if (step !== fault?.step) return
  reached += 1
  if (reached === fault.occurrence) process.kill(process.pid, fault.signal)
})
process.stdout.write('running\n')
