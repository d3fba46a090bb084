import { avroString } from '../../wire/varint.ts'

/** A meter's name, made once. */
export interface Meter {
  readonly name: string
  readonly encoded: Buffer
}

export class MeterNames {
  readonly #meters = new Map<string, Meter>()

  of(name: string): Meter {
    let meter = this.#meters.get(name)
    if (meter === undefined) this.#meters.set(name, (meter = { name, encoded: avroString(name) }))
    return meter
  }

  get size(): number {
    return this.#meters.size
  }

  clear(): void {
    this.#meters.clear()
  }
}
