import type { BenchOptions } from './options.ts'
import type { BenchStack } from './stack/bench-stack.ts'

/** What every figure is measured with. */
export interface Bench {
  readonly stack: BenchStack
  readonly options: BenchOptions
  /** Aborted by Ctrl-C and by the deadline of the run. */
  readonly signal: AbortSignal
  /** A line for the person who waits. */
  readonly say: (line: string) => void
}
