import { type CardEntry, type RatingResult, rateWith, type Units } from '@meterline/domain'

import type { UsageScan } from '../wire/usage-scan.ts'
import type { UnitShape } from './unit-shape.ts'

/** Rates an event for which there is no plan: fractions, meters without a rate, huge amounts, contradictions. */
export function rateSlowly(
  scan: UsageScan,
  shape: UnitShape,
  by: { readonly entry: CardEntry | undefined; readonly tier: string },
): RatingResult {
  if (shape.repeated !== undefined) {
    const error = `units has ${shape.repeated} twice: send each meter once`
    return { kind: 'rejection', rejection: { reason: 'invalid_field', stage: 'rate', error } }
  }
  return rateWith(by.entry, unitsOf(scan, shape), by.tier)
}

// From entries, so that `__proto__` is a name like any other.
function unitsOf(scan: UsageScan, shape: UnitShape): Units {
  return Object.fromEntries(shape.meters.map((meter, unit) => [meter, scan.unitAmounts[unit] ?? 0]))
}
