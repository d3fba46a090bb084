import type { MeteredUsage, ScopeKind } from '@meterline/domain'

import type { MeterItem } from '../meter-item.ts'
import type { Scope, ScopeTable } from '../spend/scope-table.ts'
import { ByteInterner } from '../../wire/byte-interner.ts'

/** The scopes that an event names itself: user, customer, endpoint, prompt version, product. */
export class TextScopes {
  readonly #users: ByteInterner<Scope>
  readonly #customers: ByteInterner<Scope>
  readonly #endpoints: ByteInterner<Scope>
  readonly #promptVersions: ByteInterner<Scope>
  readonly #products: ByteInterner<Scope>

  readonly #scopes: ScopeTable

  constructor(scopes: ScopeTable) {
    this.#scopes = scopes
    const interner = (kind: ScopeKind): ByteInterner<Scope> =>
      new ByteInterner((bytes) => scopes.of(kind, bytes.toString('utf8')))
    this.#users = interner('user')
    this.#customers = interner('customer')
    this.#endpoints = interner('endpoint')
    this.#promptVersions = interner('prompt_version')
    this.#products = interner('product')
  }

  /** The same for what stands in a metered record. */
  nameStanding(item: MeterItem, usage: MeteredUsage): void {
    item.user = this.#of('user', usage.user_id)
    item.customer = this.#of('customer', usage.customer_id)
    item.endpoint = this.#of('endpoint', usage.endpoint)
    item.promptVersion = this.#of('prompt_version', usage.prompt_version)
    item.product = this.#of('product', usage.product)
  }

  #of(kind: ScopeKind, text: string | null): Scope | undefined {
    return text === null || text === '' ? undefined : this.#scopes.of(kind, text)
  }

  clear(): void {
    this.#users.clear()
    this.#customers.clear()
    this.#endpoints.clear()
    this.#promptVersions.clear()
    this.#products.clear()
  }

  /** Sets them on the item; absent and empty texts are no scopes. */
  name(item: MeterItem): void {
    const { scan } = item
    item.user = scopeOf(this.#users, scan.bytes, scan.userStart, scan.userEnd)
    item.customer = scopeOf(this.#customers, scan.bytes, scan.customerStart, scan.customerEnd)
    item.endpoint = scopeOf(this.#endpoints, scan.bytes, scan.endpointStart, scan.endpointEnd)
    item.promptVersion = scopeOf(
      this.#promptVersions,
      scan.bytes,
      scan.promptVersionStart,
      scan.promptVersionEnd,
    )
    item.product = scopeOf(this.#products, scan.bytes, scan.productStart, scan.productEnd)
  }
}

function scopeOf(
  interner: ByteInterner<Scope>,
  bytes: Buffer,
  start: number,
  end: number,
): Scope | undefined {
  return start < 0 || start === end ? undefined : interner.of(bytes, start, end)
}
