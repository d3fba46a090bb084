import { MAX_EVENT_CREDITS_MICRO, type MeteredUsage, type Rejection } from '@meterline/domain'

import type { MeterItem } from '../meter-item.ts'
import { encodeRating, type EncodedRating } from './encode-rating.ts'
import type { Meter } from './meter-names.ts'
import type { RateLine } from './rate-line.ts'
import { rateSlowly } from './rate-slowly.ts'
import { UnitShapes } from './unit-shape.ts'

const NO_RATING: EncodedRating = { bytes: Buffer.alloc(0), amountPositions: [] }

/** Bounded only by what producers invent as names of meters. */
const MAX_SHAPES = 10_000

/** Rates events one after another; the result of the last one stands in its fields. */
export class RatedUnits {
  readonly #shapes = new UnitShapes()
  encoded: EncodedRating = NO_RATING
  meters: readonly Meter[] = []
  amounts: ArrayLike<number> = []
  creditsMicro = 0
  usdMicro = 0
  isUnrated = false
  requests = 1

  /** Answers why the event cannot be rated, or `undefined`. */
  rate({ scan }: MeterItem, line: RateLine): Rejection | undefined {
    const shape = this.#shapes.of(scan)
    const contextTokens = shape.contextUnit < 0 ? 0 : scan.unitAmounts[shape.contextUnit]!
    const entry = line.entryAt(scan.timestampMs, contextTokens)
    const plan = entry === undefined ? undefined : line.planFor(shape, entry)
    if (plan !== undefined) {
      const creditsMicro = plan.rate(scan.unitAmounts)
      const usdMicro = plan.usdMicro(creditsMicro)
      if (creditsMicro >= 0 && usdMicro >= 0 && creditsMicro <= MAX_EVENT_CREDITS_MICRO) {
        this.encoded = plan.encoded
        this.meters = plan.meters
        this.amounts = plan.amounts
        this.creditsMicro = creditsMicro
        this.usdMicro = usdMicro
        this.isUnrated = false
        return undefined
      }
    }
    const result = rateSlowly(scan, shape, { entry, tier: line.tier })
    if (result.kind === 'rejection') return result.rejection
    const { rating } = result
    this.encoded = encodeRating(rating)
    this.meters = Object.keys(rating.metered_units).map((name) => line.names.of(name))
    this.amounts = Object.values(rating.metered_units)
    this.creditsMicro = rating.credits_micro
    this.usdMicro = rating.cost_usd_micro
    this.isUnrated = rating.rating === 'unrated'
    return undefined
  }

  /** Takes over what a metered record says, which may take back what another one said. */
  restate(usage: MeteredUsage, line: RateLine): void {
    this.meters = Object.keys(usage.metered_units).map((name) => line.names.of(name))
    this.amounts = Object.values(usage.metered_units)
    this.creditsMicro = usage.credits_micro
    this.usdMicro = usage.cost_usd_micro
    this.isUnrated = usage.rating === 'unrated'
    this.requests = usage.requests
  }

  /** Between batches. */
  trim(): void {
    if (this.#shapes.size > MAX_SHAPES) this.#shapes.clear()
  }
}
