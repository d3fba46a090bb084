import { applicableEntry, type CardEntry } from '@meterline/domain'

import type { MeterNames } from './meter-names.ts'
import { planFor, type RatePlan } from './rate-plan.ts'
import type { UnitShape } from './unit-shape.ts'

/** What the rate cards say about one model and tier, and the plans made from it so far. */
export class RateLine {
  readonly tier: string
  readonly names: MeterNames
  readonly #candidates: readonly CardEntry[]
  readonly #plans = new Map<CardEntry, Map<UnitShape, RatePlan | undefined>>()
  #recentShape: UnitShape | undefined
  #recentEntry: CardEntry | undefined
  #recentPlan: RatePlan | undefined

  constructor(line: {
    readonly tier: string
    readonly candidates: readonly CardEntry[]
    readonly names: MeterNames
  }) {
    this.tier = line.tier
    this.#candidates = line.candidates
    this.names = line.names
  }

  entryAt(timestampMs: number, contextTokens: number): CardEntry | undefined {
    return applicableEntry(this.#candidates, timestampMs, contextTokens)
  }

  planFor(shape: UnitShape, entry: CardEntry): RatePlan | undefined {
    if (shape === this.#recentShape && entry === this.#recentEntry) return this.#recentPlan
    let plans = this.#plans.get(entry)
    if (plans === undefined) this.#plans.set(entry, (plans = new Map()))
    let plan = plans.get(shape)
    if (plan === undefined && !plans.has(shape)) {
      plan = planFor(shape, entry, { tier: this.tier, names: this.names })
      plans.set(shape, plan)
    }
    this.#recentShape = shape
    this.#recentEntry = entry
    this.#recentPlan = plan
    return plan
  }
}
