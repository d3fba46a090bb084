import { type SpendView, rateBookOf, type RateBook } from '@meterline/domain'

import { ByteInterner } from '../../wire/byte-interner.ts'
import type { Scope, ScopeTable } from '../spend/scope-table.ts'
import type { UsageScan } from '../wire/usage-scan.ts'
import { MeterNames } from './meter-names.ts'
import { RateLine } from './rate-line.ts'

/** What was called, and the rates of each tier that was asked for. */
export interface Model {
  readonly provider: string
  readonly name: string
  readonly scope: Scope
  readonly lines: Map<string, RateLine>
}

/**
 * Finds the model of an event by its bytes, and its rates. Apart from who pays: a thousand keys that call the same five models are
 * a thousand lanes and five models, not five thousand of anything.
 */
export class ModelTable {
  readonly #view: SpendView
  readonly #scopes: ScopeTable
  readonly #names = new MeterNames()
  readonly #models: ByteInterner<Model>
  /** The models of metered records, which corrections are about. */
  readonly #named = new Map<string, Model>()
  #book: RateBook | undefined

  constructor(view: SpendView, scopes: ScopeTable) {
    this.#view = view
    this.#scopes = scopes
    this.#models = new ByteInterner((bytes) => {
      const [provider, name] = readTexts(bytes)
      return this.#make(provider, name)
    })
  }

  get size(): number {
    return this.#models.size + this.#named.size
  }

  clear(): void {
    this.#models.clear()
    this.#named.clear()
    this.#names.clear()
    this.#book = undefined
  }

  of(scan: UsageScan): Model {
    return this.#models.of(scan.bytes, scan.keyEnd, scan.modelEnd)
  }

  named(provider: string, name: string): Model {
    const id = JSON.stringify([provider, name])
    let model = this.#named.get(id)
    if (model === undefined) this.#named.set(id, (model = this.#make(provider, name)))
    return model
  }

  rateLine(model: Model, tier: string): RateLine {
    let line = model.lines.get(tier)
    if (line === undefined) {
      this.#book ??= rateBookOf(this.#view)
      const candidates = this.#book.candidates({ provider: model.provider, model: model.name, tier })
      model.lines.set(tier, (line = new RateLine({ tier, candidates, names: this.#names })))
    }
    return line
  }

  #make(provider: string, name: string): Model {
    return { provider, name, scope: this.#scopes.of('model', name), lines: new Map() }
  }
}

// Two texts with lengths of at most two bytes.
function readTexts(bytes: Buffer): readonly [string, string] {
  let at = 0
  const text = (): string => {
    const low = bytes[at++]!
    const length = low < 0x80 ? low >> 1 : ((low & 0x7f) | (bytes[at++]! << 7)) >> 1
    at += length
    return bytes.toString('utf8', at - length, at)
  }
  return [text(), text()]
}
