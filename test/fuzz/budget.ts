import * as fc from 'fast-check'

/** Share of FUZZ_SECONDS that each of the three targets gets. */
const TARGETS = 3
const DEFAULT_SECONDS = 18
const MS_PER_SECOND = 1_000

const seconds = Number(process.env['FUZZ_SECONDS'] ?? DEFAULT_SECONDS)
if (!(seconds > 0)) throw new RangeError('FUZZ_SECONDS has to be a number of seconds above 0')

export const BUDGET_MS = (seconds / TARGETS) * MS_PER_SECOND
/** For the one case that is under way when the budget ends, and for shrinking what was found. */
export const DEADLINE_MS = BUDGET_MS + 120_000

/** New cases until the budget is spent. A failure prints its seed and path: FUZZ_SEED and FUZZ_PATH run it again. */
export function fuzzParameters<T>(): fc.Parameters<T> {
  const { FUZZ_SEED: seed, FUZZ_PATH: path } = process.env
  return {
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: BUDGET_MS,
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    ...(path === undefined ? {} : { path }),
  }
}
