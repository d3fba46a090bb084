import type { DriverDimension } from '@meterline/domain'

import type { Scope } from './scope-table.ts'

export const MAX_DRIVERS_PER_DIMENSION = 8

/** In the order of the schema's symbols. */
export const DRIVER_DIMENSIONS = ['model', 'api_key', 'endpoint', 'user'] as const satisfies DriverDimension[]

export interface DriverSum {
  readonly scope: Scope
  creditsMicro: number
}

/** What each model, key, endpoint and user contributed to a pane. */
export class DriverSums {
  readonly #sums = new Map<Scope, DriverSum>()

  add(scope: Scope, creditsMicro: number): void {
    const sum = this.#sums.get(scope)
    if (sum === undefined) this.#sums.set(scope, { scope, creditsMicro })
    else sum.creditsMicro += creditsMicro
  }

  merge(other: DriverSums): void {
    for (const { scope, creditsMicro } of other.#sums.values()) this.add(scope, creditsMicro)
  }

  /** The largest contributors of each dimension, largest first. */
  top(): readonly (readonly DriverSum[])[] {
    const tops = DRIVER_DIMENSIONS.map((): DriverSum[] => [])
    for (const sum of this.#sums.values()) {
      if (sum.creditsMicro !== 0) insert(tops[dimensionOf(sum.scope)]!, sum)
    }
    return tops
  }
}

function dimensionOf(scope: Scope): number {
  return DRIVER_DIMENSIONS.indexOf(scope.kind as DriverDimension)
}

function insert(top: DriverSum[], sum: DriverSum): void {
  const last = top.at(-1)
  if (top.length === MAX_DRIVERS_PER_DIMENSION && last !== undefined && !isLarger(sum, last)) return
  if (top.length === MAX_DRIVERS_PER_DIMENSION) top.pop()
  let at = top.length
  while (at > 0 && isLarger(sum, top[at - 1]!)) at -= 1
  top.splice(at, 0, sum)
}

// Equal ones by name, so that the order does not depend on how the input was cut.
function isLarger(a: DriverSum, b: DriverSum): boolean {
  return (
    a.creditsMicro > b.creditsMicro || (a.creditsMicro === b.creditsMicro && a.scope.value < b.scope.value)
  )
}
