import { DRIVER_DIMENSIONS, type Scope } from './scope-table.ts'

export const MAX_DRIVERS_PER_DIMENSION = 8

export interface DriverSum {
  readonly scope: Scope
  creditsMicro: number
}

/** What each model, key, endpoint and user contributed to a pane. */
export class DriverSums {
  readonly #sums = new Map<Scope, DriverSum>()

  // The sums of the event before are the likeliest to be wanted again, and looking at them costs less than the map.
  readonly #recent: (DriverSum | undefined)[] = [undefined, undefined, undefined, undefined]

  add(scope: Scope, creditsMicro: number): void {
    const { dimension } = scope
    const recent = this.#recent[dimension]
    if (recent !== undefined && recent.scope === scope) {
      recent.creditsMicro += creditsMicro
      return
    }
    let sum = this.#sums.get(scope)
    if (sum === undefined) this.#sums.set(scope, (sum = { scope, creditsMicro }))
    else sum.creditsMicro += creditsMicro
    this.#recent[dimension] = sum
  }

  merge(other: DriverSums): void {
    for (const { scope, creditsMicro } of other.#sums.values()) this.add(scope, creditsMicro)
  }

  /** The largest contributors of each dimension, largest first. */
  top(): readonly (readonly DriverSum[])[] {
    const tops = DRIVER_DIMENSIONS.map((): DriverSum[] => [])
    for (const sum of this.#sums.values()) {
      if (sum.creditsMicro !== 0) insert(tops[sum.scope.dimension]!, sum)
    }
    return tops
  }
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
