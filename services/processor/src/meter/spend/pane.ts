import type { Meter } from '../rating/meter-names.ts'
import { DriverSums } from './driver-sums.ts'
import type { Scope } from './scope-table.ts'

/** Units of further meters are left out of a delta: they inform, and budgets go by credits. */
export const MAX_METERS_PER_DELTA = 64

/** Spend of one scope in one second (or, late, in a longer pane: `deltaPaneStart`), as far as this batch goes. */
export class Pane {
  readonly scope: Scope
  readonly startMs: number
  creditsMicro = 0
  requests = 0
  unratedRequests = 0
  readonly meters: Meter[] = []
  readonly amounts: number[] = []
  drivers: DriverSums | undefined

  constructor(scope: Scope, startMs: number) {
    this.scope = scope
    this.startMs = startMs
  }

  addUnits(meters: readonly Meter[], amounts: ArrayLike<number>): void {
    for (let at = 0; at < meters.length; at++) {
      const meter = meters[at]!
      // The same meters come in the same order, nearly always.
      const known = this.meters[at] === meter ? at : this.meters.indexOf(meter)
      if (known >= 0) this.amounts[known]! += amounts[at]!
      else if (this.meters.length < MAX_METERS_PER_DELTA) {
        this.meters.push(meter)
        this.amounts.push(amounts[at]!)
      }
    }
  }

  merge(other: Pane): void {
    this.creditsMicro += other.creditsMicro
    this.requests += other.requests
    this.unratedRequests += other.unratedRequests
    this.addUnits(other.meters, other.amounts)
    if (other.drivers !== undefined) (this.drivers ??= new DriverSums()).merge(other.drivers)
  }
}
