import { createRandom, type Random } from '@meterline/simulation'

import type { FaultRates } from '../faults/faults.ts'
import { drawFeed, type FeedItem } from './feed.ts'

/** A fault that comes at a time of its own, whatever is being done. */
export interface TimedFault {
  readonly atMs: number
  readonly kind: 'kill' | 'rebalance' | 'clock jump' | 'clickhouse crash' | 'clickhouse clock jump'
  /** Which process or group; taken modulo how many there are. */
  readonly target: number
  readonly ms: number
}

/** All that a seed decides beforehand. What strikes where is drawn on the way, from `faultSeed`. */
export interface RunPlan {
  readonly seed: number
  readonly faultSeed: string
  readonly rates: FaultRates
  readonly timed: readonly TimedFault[]
  readonly faultsEndMs: number
  readonly feed: readonly FeedItem[]
  readonly monthlyCreditsMicro: number
}

const MAX_FEED_MS = 8_000
const MAX_FAULTS_MS = 14_000
const MINUTE_MS = 60_000

export function planRun(seed: number): RunPlan {
  const random = createRandom(`simulation ${seed}`)
  const faultsEndMs = 4_000 + random.below(MAX_FAULTS_MS - 4_000)
  const feed = drawFeed(random, MAX_FEED_MS)
  return {
    seed,
    faultSeed: `faults ${seed}`,
    // Each seed has its own weather: some faults not at all, so that others get further.
    rates: {
      kill: random.pick(weighted(0, 0.001, 0.004)),
      stop: random.pick(weighted(0, 0.001, 0.003)),
      loseRequest: random.pick(weighted(0, 0.003, 0.015)),
      loseAnswer: random.pick(weighted(0, 0.003, 0.015)),
      delayRequest: random.pick(weighted(0, 0.003, 0.015)),
      slowStore: random.pick(weighted(0, 0.1, 0.4)),
      loseMarkers: random.pick(weighted(0, 0.003, 0.015)),
    },
    timed: drawTimed(random, faultsEndMs),
    faultsEndMs,
    feed,
    monthlyCreditsMicro: 50_000_000 * (1 + random.below(20)),
  }
}

const weighted = (none: number, few: number, many: number) =>
  [
    [none, 2],
    [few, 2],
    [many, 1],
  ] as const

function drawTimed(random: Random, endMs: number): TimedFault[] {
  const many = (kind: TimedFault['kind'], most: number, ms: () => number): TimedFault[] =>
    Array.from({ length: random.below(most + 1) }, () => ({
      kind,
      atMs: random.below(endMs),
      target: random.below(1_000),
      ms: ms(),
    }))
  return [
    ...many('kill', 2, () => 0),
    ...many('rebalance', 3, () => 0),
    ...many('clock jump', 2, () => random.below(20 * MINUTE_MS) - 10 * MINUTE_MS),
    ...many('clickhouse crash', 2, () => 100 + random.below(3_000)),
    ...many('clickhouse clock jump', 1, () => random.below(5_000)),
  ]
}
