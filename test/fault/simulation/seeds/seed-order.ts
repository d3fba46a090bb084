import type { RunOutcome } from '../run-seed.ts'
import type { MutationName } from '../world/mutations.ts'

/** What a worker is told to run. */
export interface SeedOrder {
  readonly seed: number
  readonly mutation?: MutationName
}

export type SeedResult = RunOutcome
