import type { Lots } from './draw-order.ts'
import type { LedgerAccount, LedgerEntry, Posting } from './ledger-entities.ts'
import type { Month } from './month.ts'

const NONE: Lots = new Map()

/** The entries folded into balances. Append-only like the log: an entry that was folded changes nothing when it comes again. */
export class Ledger {
  readonly #below: Ledger | undefined
  readonly #entries = new Set<string>()
  readonly #lots = new Map<LedgerAccount, Map<string, number>>()
  readonly #spent = new Map<string, number>()
  readonly #adjustments = new Map<string, number>()

  /** On top of another one: what is folded here is not seen there. The other one must stay as it is meanwhile. */
  constructor(below?: Ledger) {
    this.#below = below
  }

  fold(entry: LedgerEntry): void {
    if (this.has(entry.id)) return
    this.#entries.add(entry.id)
    for (const posting of entry.postings) this.#post(posting)
    this.#countSpend(entry)
  }

  has(entryId: string): boolean {
    return this.#entries.has(entryId) || (this.#below?.has(entryId) ?? false)
  }

  /** By grant; never with zeros in it. */
  lots(account: LedgerAccount): Lots {
    return this.#lots.get(account) ?? this.#below?.lots(account) ?? NONE
  }

  balanceMicro(account: LedgerAccount): number {
    let sum = 0
    for (const amount of this.lots(account).values()) sum += amount
    return sum
  }

  /** What draw-down and adjustments have posted of a month's own spend of an allocation. */
  postedSpendMicro(allocation: string, month: Month): number {
    const key = `${allocation}|${month}`
    return (this.#spent.get(key) ?? 0) + (this.#below?.postedSpendMicro(allocation, month) ?? 0)
  }

  /** How many adjustments a month of an allocation has had. */
  adjustmentsOf(allocation: string, month: Month): number {
    const key = `${allocation}|${month}`
    return (this.#adjustments.get(key) ?? 0) + (this.#below?.adjustmentsOf(allocation, month) ?? 0)
  }

  accounts(): ReadonlySet<LedgerAccount> {
    return new Set([...(this.#below?.accounts() ?? []), ...this.#lots.keys()])
  }

  #post({ account, amount_micro, grant = '' }: Posting): void {
    let lots = this.#lots.get(account)
    if (lots === undefined) {
      lots = new Map(this.#below?.lots(account))
      this.#lots.set(account, lots)
    }
    const sum = (lots.get(grant) ?? 0) + amount_micro
    if (!Number.isSafeInteger(sum)) throw new RangeError(`${account} holds no safe integer of micro-credits`)
    if (sum === 0) lots.delete(grant)
    else lots.set(grant, sum)
  }

  #countSpend({ kind, postings, period, links }: LedgerEntry): void {
    if (kind !== 'draw_down' && kind !== 'adjustment') return
    const key = `${links['allocation'] ?? ''}|${links['original_period'] ?? period}`
    for (const { account, amount_micro } of postings) {
      if (account.startsWith('spent:')) this.#spent.set(key, (this.#spent.get(key) ?? 0) + amount_micro)
    }
    if (kind === 'adjustment') this.#adjustments.set(key, (this.#adjustments.get(key) ?? 0) + 1)
  }
}
