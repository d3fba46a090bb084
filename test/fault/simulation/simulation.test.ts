import { describe, expect, test } from 'vitest'

import type { SeedResult } from './seeds/seed-order.ts'
import { runSeeds } from './seeds/run-seeds.ts'
import { runSeed } from './run-seed.ts'
import { prepareKnowledge } from './world/knowledge.ts'
import { MUTATIONS, type MutationName } from './world/mutations.ts'

// SEEDS=20000: as many. SEED=17: that one alone, with its steps.
const SEEDS_IN_CI = 2_000
const one = process.env['SEED']
const from = one === undefined ? 1 : Number(one)
const count = one === undefined ? Number(process.env['SEEDS'] ?? SEEDS_IN_CI) : 1

/** A mutation must be caught within so many seeds. */
const MUTATION_SEEDS = 600
const TIMEOUT_MS = 3_600_000
const MAX_TRACE_LINES = 400
const MAX_TRACES = 2

const knowledge = await prepareKnowledge()

test(
  `the outputs of ${count} seeds are what their input logs say, whatever strikes`,
  async () => {
    const startedMs = performance.now()
    const report = await runSeeds({ from, count })
    const seconds = (performance.now() - startedMs) / 1_000
    console.log(
      `${report.seeds} seeds in ${seconds.toFixed(1)} s (${(report.seeds / seconds).toFixed(0)} a second), ` +
        `${report.steps} steps, ${report.metered} metered, ${report.alerts} alerts; ` +
        [...report.faults].map(([kind, times]) => `${kind} ${times}`).join(', '),
    )
    if (one !== undefined) console.log((await traced(from)).join('\n'))
    expect(report.failed.length, described(report.failed)).toBe(0)
    expect(report.seeds).toBe(count)
    // Runs of nothing would prove nothing.
    expect(report.metered).toBeGreaterThan(5 * (count - 1))
  },
  TIMEOUT_MS,
)

describe('a seed', () => {
  test('gives the same run again, step by step', async () => {
    const first = await traced(4)
    expect(first.length).toBeGreaterThan(100)
    expect(await traced(4)).toEqual(first)
    expect(await traced(5)).not.toEqual(first)
  })
})

describe('the oracle sees it when', () => {
  const names = Object.keys(MUTATIONS) as MutationName[]

  test.each(names)('%s', async (mutation) => {
    const report = await runSeeds({ from: 1, count: MUTATION_SEEDS, mutation, untilFailed: true })
    expect(report.failed.length).toBeGreaterThan(0)
  })
})

async function traced(seed: number): Promise<readonly string[]> {
  return (await runSeed(seed, { knowledge, traced: true })).trace
}

function described(failed: readonly SeedResult[]): string {
  const traces = failed.slice(0, MAX_TRACES).map(({ seed, problems, trace }) => {
    const steps = trace.slice(-MAX_TRACE_LINES).join('\n')
    return `SEED=${seed}\n${problems.join('\n')}\nthe last ${MAX_TRACE_LINES} of its ${trace.length} steps:\n${steps}`
  })
  return `failed seeds: ${failed.map(({ seed }) => seed).join(', ')}\n${traces.join('\n\n')}`
}
