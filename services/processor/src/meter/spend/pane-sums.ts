import type { Meter } from '../rating/meter-names.ts'
import type { RatedUnits } from '../rating/rated-units.ts'
import { DriverSums } from './driver-sums.ts'

/** Units of further meters are left out of a delta: they inform, and budgets go by credits. */
export const MAX_METERS_PER_DELTA = 64

const NO_METERS: readonly Meter[] = []

/** What was spent in a pane. Scopes of which one has all that the other has share it, and then it is not added to any more. */
export class PaneSums {
  creditsMicro = 0
  requests = 0
  unratedRequests = 0
  /** Those of the events, until others come. */
  meters: readonly Meter[] = NO_METERS
  readonly amounts: number[] = []
  drivers: DriverSums | undefined
  /** As it stands in a delta, once it was written: for the scopes that share it. */
  encoded: Buffer | undefined

  add(rated: RatedUnits): void {
    this.creditsMicro += rated.creditsMicro
    this.requests += rated.requests
    if (rated.isUnrated) this.unratedRequests += rated.requests
    this.#addUnits(rated.meters, rated.amounts)
  }

  merge(other: PaneSums): void {
    this.creditsMicro += other.creditsMicro
    this.requests += other.requests
    this.unratedRequests += other.unratedRequests
    this.#addUnits(other.meters, other.amounts)
    if (other.drivers !== undefined) (this.drivers ??= new DriverSums()).merge(other.drivers)
  }

  #addUnits(meters: readonly Meter[], added: ArrayLike<number>): void {
    const { amounts } = this
    // The same meters come in the same order, nearly always: of one plan they are even the same array.
    if (meters === this.meters) {
      for (let at = 0; at < amounts.length; at++) amounts[at]! += added[at]!
      return
    }
    if (amounts.length === 0 && meters.length <= MAX_METERS_PER_DELTA) {
      this.meters = meters
      for (let at = 0; at < meters.length; at++) amounts.push(added[at]!)
      return
    }
    for (let at = 0; at < meters.length; at++) this.#addUnit(meters[at]!, at, added[at]!)
  }

  #addUnit(meter: Meter, at: number, amount: number): void {
    const known = this.meters[at] === meter ? at : this.meters.indexOf(meter)
    if (known >= 0) this.amounts[known]! += amount
    else if (this.meters.length < MAX_METERS_PER_DELTA) {
      this.meters = [...this.meters, meter]
      this.amounts.push(amount)
    }
  }
}
