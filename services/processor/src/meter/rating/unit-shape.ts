import { ByteInterner } from '../../wire/byte-interner.ts'
import type { UsageScan } from '../wire/usage-scan.ts'

/** The meters an event reports, in the order it does: events of one kind report the same ones. */
export interface UnitShape {
  readonly meters: readonly string[]
  /** The names one after another, each after its length in bytes. */
  readonly names: Buffer
  readonly repeated: string | undefined
  /** Where `tokens_input` stands, which is the context; -1 when it does not. */
  readonly contextUnit: number
}

const MAX_NAMES_BYTES = 64 * 1024

export class UnitShapes {
  readonly #shapes = new ByteInterner<UnitShape>(readShape)
  readonly #names = Buffer.allocUnsafeSlow(MAX_NAMES_BYTES)
  #recent: UnitShape | undefined

  get size(): number {
    return this.#shapes.size
  }

  clear(): void {
    this.#shapes.clear()
    this.#recent = undefined
  }

  of(scan: UsageScan): UnitShape {
    if (this.#recent !== undefined && hasShape(scan, this.#recent)) return this.#recent
    return (this.#recent = this.#shapes.of(this.#names, 0, this.#gather(scan)))
  }

  #gather({ bytes, unitCount, unitNameStarts, unitNameEnds }: UsageScan): number {
    const names = this.#names
    let at = 0
    for (let unit = 0; unit < unitCount; unit++) {
      const end = unitNameEnds[unit]!
      at = names.writeUInt16LE(end - unitNameStarts[unit]!, at)
      for (let byte = unitNameStarts[unit]!; byte < end; byte++) names[at++] = bytes[byte]!
    }
    return at
  }
}

function hasShape({ bytes, unitCount, unitNameStarts, unitNameEnds }: UsageScan, shape: UnitShape): boolean {
  const { names } = shape
  if (unitCount !== shape.meters.length) return false
  let at = 0
  for (let unit = 0; unit < unitCount; unit++) {
    const end = unitNameEnds[unit]!
    const start = unitNameStarts[unit]!
    if ((names[at]! | (names[at + 1]! << 8)) !== end - start) return false
    at += 2
    for (let byte = start; byte < end; byte++) if (names[at++] !== bytes[byte]) return false
  }
  return true
}

function readShape(names: Buffer): UnitShape {
  const meters: string[] = []
  for (let at = 0; at < names.length;) {
    const length = names.readUInt16LE(at)
    meters.push(names.toString('utf8', at + 2, at + 2 + length))
    at += 2 + length
  }
  return {
    meters,
    names,
    repeated: meters.find((meter, at) => meters.indexOf(meter) !== at),
    contextUnit: meters.indexOf('tokens_input'),
  }
}
