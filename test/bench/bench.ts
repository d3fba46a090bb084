import type { Clickhouse } from '@meterline/clickhouse'

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
  /** Told of the first ClickHouse that runs: it names its version. */
  readonly seen: (clickhouse: Clickhouse) => Promise<void>
}

/** The same before there are servers. */
export type Shell = Omit<Bench, 'stack'>
