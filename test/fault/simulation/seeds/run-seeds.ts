import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'

import type { MutationName } from '../world/mutations.ts'
import type { SeedOrder, SeedResult } from './seed-order.ts'

export interface SeedsReport {
  readonly seeds: number
  readonly failed: readonly SeedResult[]
  readonly faults: ReadonlyMap<string, number>
  readonly steps: number
  readonly metered: number
  readonly alerts: number
}

const MAX_WORKERS = 8

/** Runs seeds on all cores, until the last one, or until one has failed and `untilFailed`. */
export async function runSeeds(options: {
  readonly from: number
  readonly count: number
  readonly mutation?: MutationName
  readonly untilFailed?: boolean
}): Promise<SeedsReport> {
  const { from, count, mutation, untilFailed = false } = options
  const results: SeedResult[] = []
  const failed: SeedResult[] = []
  let next = from
  const order = (): SeedOrder | undefined => {
    if (next >= from + count || (untilFailed && failed.length > 0)) return undefined
    const seed = next++
    return mutation === undefined ? { seed } : { seed, mutation }
  }
  const workers = Math.min(MAX_WORKERS, availableParallelism(), count)
  await Promise.all(
    Array.from({ length: workers }, () =>
      work(order, (result) => {
        results.push(result)
        if (result.problems.length > 0) failed.push(result)
      }),
    ),
  )
  return {
    seeds: results.length,
    failed: failed.sort((a, b) => a.seed - b.seed),
    faults: sumOfFaults(results),
    steps: results.reduce((sum, { steps }) => sum + steps, 0),
    metered: results.reduce((sum, { metered }) => sum + metered, 0),
    alerts: results.reduce((sum, { alerts }) => sum + alerts, 0),
  }
}

/** One thread, given seed after seed until there is none. */
async function work(
  order: () => SeedOrder | undefined,
  onResult: (result: SeedResult) => void,
): Promise<void> {
  const worker = new Worker(new URL('./seed-worker.ts', import.meta.url))
  try {
    await new Promise<void>((resolve, reject) => {
      const give = (): void => {
        const next = order()
        if (next === undefined) resolve()
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
        else worker.postMessage(next)
      }
      worker.on('message', (result: SeedResult) => {
        onResult(result)
        give()
      })
      worker.on('error', reject)
      give()
    })
  } finally {
    await worker.terminate()
  }
}

function sumOfFaults(results: readonly SeedResult[]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { faults } of results) {
    for (const [kind, count] of faults) sums.set(kind, (sums.get(kind) ?? 0) + count)
  }
  return sums
}
