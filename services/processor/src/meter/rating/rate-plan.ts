import {
  type CardEntry,
  isSplitOff,
  roundedQuotient,
  totalOf,
  type Rating,
  type Units,
} from '@meterline/domain'

import { encodeRating, type EncodedRating } from './encode-rating.ts'
import type { Meter, MeterNames } from './meter-names.ts'
import type { UnitShape } from './unit-shape.ts'

/** How far a sum may go before it has to be carried out in BigInt; beyond that the plan gives way. */
const MAX_EXACT_SUM = Number.MAX_SAFE_INTEGER - 1_000_000

/**
 * Rating of events of one shape with one entry, laid out beforehand: which amounts to subtract from which, at what rates, and
 * the bytes of the result with holes for the amounts. It says exactly what `rateWith` says, for events whose meters all have a
 * rate and whose amounts are whole numbers; for others it has no answer.
 */
export class RatePlan {
  readonly meters: readonly Meter[]
  readonly encoded: EncodedRating
  /** Amounts as metered, of the event rated last. */
  readonly amounts: Float64Array
  readonly #units: readonly number[]
  readonly #parts: readonly (readonly number[])[]
  readonly #rates: readonly number[]
  readonly #usdMicroPerCredit: number

  constructor(layout: PlanLayout, entry: CardEntry, names: MeterNames) {
    this.meters = layout.meters.map((meter) => names.of(meter))
    this.encoded = encodeRating(layout.rating)
    this.amounts = new Float64Array(layout.meters.length)
    this.#units = layout.units
    this.#parts = layout.parts
    this.#rates = layout.meters.map((meter) => layout.rating.rates[meter] ?? 0)
    this.#usdMicroPerCredit = entry.card.usd_micro_per_credit
  }

  /** Micro-credits of an event, and its amounts in `amounts`; -1 when the plan has no answer. */
  rate(unitAmounts: Float64Array): number {
    const { amounts } = this
    let sum = 0
    for (let meter = 0; meter < amounts.length; meter++) {
      let amount = unitAmounts[this.#units[meter]!]!
      if (!Number.isInteger(amount)) return -1
      for (const part of this.#parts[meter]!) amount -= unitAmounts[part]!
      // Also when a part is no whole number: then the amount is none, or the part's own turn comes.
      if (amount < 0) return -1
      amounts[meter] = amount
      sum += amount * this.#rates[meter]!
    }
    return sum <= MAX_EXACT_SUM ? roundedQuotient(sum) : -1
  }

  /** Micro-dollars of that many micro-credits; -1 when the plan has no answer. */
  usdMicro(creditsMicro: number): number {
    const product = creditsMicro * this.#usdMicroPerCredit
    return product <= MAX_EXACT_SUM ? roundedQuotient(product) : -1
  }
}

interface PlanLayout {
  /** As metered: without the parts that stay in their total. */
  readonly meters: readonly string[]
  /** Position of each in the event's units. */
  readonly units: readonly number[]
  /** Positions of what is taken out of each. */
  readonly parts: readonly (readonly number[])[]
  /** The result but for its amounts. */
  readonly rating: Rating
}

/** `undefined` when events of that shape have to be rated one by one. */
export function planFor(
  shape: UnitShape,
  applicable: CardEntry,
  { tier, names }: { readonly tier: string; readonly names: MeterNames },
): RatePlan | undefined {
  const { card, entry } = applicable
  const { meters } = shape
  const staysInTotal = (meter: string): boolean =>
    totalOf(meter) !== undefined && !isSplitOff(meter, entry.rates)
  const metered = meters.filter((meter) => !staysInTotal(meter))
  const hasItsTotal = (meter: string): boolean => meters.includes(totalOf(meter) ?? meter)
  const isPlain =
    metered.every((meter) => entry.rates[meter] !== undefined) &&
    meters.every(hasItsTotal) &&
    // A part that stays in its total has to be compared with it, for every event anew.
    metered.length === meters.length
  if (!isPlain) return undefined
  const rating: Rating = {
    tier,
    metered_units: unitsOf(metered, () => 0),
    rates: unitsOf(metered, (meter) => entry.rates[meter] ?? 0),
    rate_card_id: card.id,
    rate_card_version: card.version,
    rating: 'rated',
    unrated_meters: [],
    credits_micro: 0,
    cost_usd_micro: 0,
  }
  // An object puts names that look like array indexes first.
  const ordered = Object.keys(rating.metered_units)
  const layout: PlanLayout = {
    meters: ordered,
    units: ordered.map((meter) => meters.indexOf(meter)),
    parts: ordered.map((total) => meters.flatMap((meter, at) => (totalOf(meter) === total ? [at] : []))),
    rating,
  }
  return new RatePlan(layout, applicable, names)
}

function unitsOf(meters: readonly string[], amount: (meter: string) => number): Units {
  return Object.fromEntries(meters.map((meter) => [meter, amount(meter)]))
}
