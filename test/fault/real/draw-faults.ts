import { random } from '../../support/replay/random.ts'
import { CATALOGUE } from './faults/catalogue.ts'
import type { Fault } from './faults/fault.ts'
import type { Form } from './form.ts'

/** The faults of a run in the order in which they strike: decided by the seed. */
export function drawFaults({ seed, draw, only }: Form): Fault[] {
  if (only !== undefined) return only.map(byName)
  const next = random(seed ^ 0x5eed)
  const pool = CATALOGUE.filter(
    ({ isQuick, isBeyondPromise }) => isBeyondPromise !== true && (draw === undefined || isQuick),
  )
  for (let last = pool.length - 1; last > 0; last -= 1) {
    const chosen = Math.floor(next() * (last + 1))
    ;[pool[last], pool[chosen]] = [pool[chosen] as Fault, pool[last] as Fault]
  }
  return pool.slice(0, draw)
}

function byName(name: string): Fault {
  const fault = CATALOGUE.find((each) => each.name === name)
  if (fault === undefined)
    throw new TypeError(
      `there is no fault ${name}; there are ${CATALOGUE.map((each) => each.name).join(', ')}`,
    )
  return fault
}
