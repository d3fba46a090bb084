import { TOPICS } from '@meterline/contract'

import type { FaultRates } from './faults/faults.ts'
import { checkAlerts } from './oracle/check-alerts.ts'
import { isAtRest, unread } from './oracle/check-rest.ts'
import { checkDeltas, checkMetered, checkRejected, checkRows } from './oracle/check-usage.ts'
import { expectedUsage } from './oracle/expected-usage.ts'
import { installVirtualTime } from './time/virtual-globals.ts'
import type { Breakage } from './world/breakage.ts'
import type { Knowledge } from './world/knowledge.ts'
import { planRun } from './world/plan.ts'
import { START_MS } from './world/settings.ts'
import { World } from './world/world.ts'

export interface RunOutcome {
  readonly seed: number
  /** What the oracle found; empty when all is as it must be. */
  readonly problems: readonly string[]
  readonly trace: readonly string[]
  readonly faults: ReadonlyMap<string, number>
  readonly steps: number
  /** What went through, so that a run of nothing is noticed. */
  readonly metered: number
  readonly alerts: number
}

/** After the last fault everything must have come to rest by then. */
const MAX_RUN_MS = 150_000

/** One run. The same seed and breakage give the same run, step by step. */
export async function runSeed(
  seed: number,
  options: {
    readonly knowledge: Knowledge
    readonly breakage?: Breakage
    /** Instead of the seed's own. */
    readonly rates?: FaultRates
    readonly traced?: boolean
  },
): Promise<RunOutcome> {
  const { knowledge, breakage = {}, traced = false } = options
  const { rates, ...drawn } = planRun(seed)
  const plan = { ...drawn, rates: options.rates ?? rates }
  const world = new World(plan, { knowledge, breakage, traced })
  const restore = installVirtualTime(world.time)
  try {
    world.begin()
    const end = await world.time.runUntil(
      () => world.halts.length > 0 || isOver(world),
      START_MS + MAX_RUN_MS,
    )
    const { kafka } = world
    const expected = expectedUsage(kafka.records(TOPICS.usageEvents.name))
    const stuck =
      end === 'over'
        ? []
        : [`not at rest (${end}): ${[...unread(kafka), ...kafka.openTransactions()].join('; ')}`]
    const halted = world.halts.map((halt) => `halted: ${String(halt)}`)
    const problems =
      halted.length + stuck.length > 0
        ? [...halted, ...stuck]
        : [
            ...checkMetered(kafka, expected),
            ...checkRejected(kafka, expected),
            ...checkDeltas(kafka, expected),
            ...checkRows(kafka, world.clickhouse.rows, expected),
            ...checkAlerts(kafka),
          ]
    return {
      seed,
      problems,
      trace: world.trace.lines,
      faults: world.faults.counts,
      steps: world.time.firedTimers,
      metered: expected.metered.size,
      alerts: kafka.records(TOPICS.spendAlert.name).length,
    }
  } finally {
    restore()
  }
}

/** Looked at once in a while: it reads all logs. */
const LOOK_EVERY_STEPS = 64

function isOver(world: World): boolean {
  if (!world.areQuiet || world.time.firedTimers % LOOK_EVERY_STEPS !== 0) return false
  return world.areAllRunning && isAtRest(world.kafka)
}
