import { partitionForKey } from '@meterline/contract'
import { type DriverDimension, type ScopeKind, scopeId } from '@meterline/domain'

import { avroString } from '../../wire/varint.ts'
import { BatchPanes } from './batch-panes.ts'

/** In the order of the schema's symbols. */
export const DRIVER_DIMENSIONS = ['model', 'api_key', 'endpoint', 'user'] as const satisfies DriverDimension[]

/** A scope as spend is added up for it: its encoded forms, made once, and its panes of the batch at hand. */
export class Scope extends BatchPanes<Scope> {
  readonly kind: ScopeKind
  /** The id without its kind. */
  readonly value: string
  /** Position among the dimensions of drivers; -1 for a scope that is none. */
  readonly dimension: number
  readonly key: Buffer
  readonly encodedId: Buffer
  readonly encodedValue: Buffer
  #partition = -1

  constructor(kind: ScopeKind, value: string) {
    super()
    const id = scopeId(kind, value)
    this.kind = kind
    this.value = value
    this.dimension = DRIVER_DIMENSIONS.findIndex((dimension) => dimension === kind)
    this.key = Buffer.from(id, 'utf8')
    this.encodedId = avroString(id)
    this.encodedValue = avroString(value)
  }

  /** Where its deltas go. The count of partitions is the same for the life of a process. */
  partitionOf(spendPartitions: number): number {
    if (this.#partition < 0) this.#partition = partitionForKey(this.key, spendPartitions)
    return this.#partition
  }
}

/** Makes each scope once. */
export class ScopeTable {
  readonly #scopes = new Map<string, Scope>()

  get size(): number {
    return this.#scopes.size
  }

  clear(): void {
    this.#scopes.clear()
  }

  of(kind: ScopeKind, value: string): Scope {
    const id = scopeId(kind, value)
    let scope = this.#scopes.get(id)
    if (scope === undefined) this.#scopes.set(id, (scope = new Scope(kind, value)))
    return scope
  }
}
