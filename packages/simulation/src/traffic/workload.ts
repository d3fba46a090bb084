import type { Labels, OperationType } from '@meterline/domain'

import type { Weighted } from '../random/random.ts'

/** One kind of work that a key does all day: which models, how large, for whom. */
export interface Workload {
  readonly keyId: string
  readonly endpoint: string
  readonly operation: OperationType
  readonly models: readonly Weighted<Model>[]
  readonly promptVersions: readonly Weighted<string>[]
  /** Median of `tokens_input`; the sizes are log-normal with `sigma`. */
  readonly inputTokens: number
  /** Median of `tokens_output`; 0 where nothing is generated. */
  readonly outputTokens: number
  readonly sigma: number
  /** Share of the input that comes from a cache, for models that have one. */
  readonly cachedShare: number
  readonly users: number
  readonly customers: readonly string[]
  readonly product: string
  /** Calls per second in the busiest hour of live traffic. */
  readonly callsPerSecond: number
  /** Its share of what its billing group spends in the history. */
  readonly historyWeight: number
  /** Carried by the events of a key whose labels come from the event. */
  readonly labels?: Labels
  readonly serviceTier?: string
}

export interface Model {
  readonly provider: string
  readonly name: string
  /** Milliseconds per generated token. */
  readonly msPerToken: number
}
