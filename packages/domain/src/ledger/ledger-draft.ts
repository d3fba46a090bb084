import type { CommandHead, ControlChange } from '../control/control-event.ts'
import type { Allocation } from '../organization/organization.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import type { Incident } from '../requests/request-entities.ts'
import { allocationAccount, spentAccount } from './accounts.ts'
import { drawLots } from './draw-order.ts'
import { Ledger } from './ledger.ts'
import type {
  AllocationPeriod,
  Grant,
  LedgerAccount,
  LedgerEntry,
  LedgerEntryKind,
  Posting,
} from './ledger-entities.ts'
import type { Month } from './month.ts'

/** One movement of credits, as an entry. */
export interface Move {
  readonly id: string
  readonly kind: LedgerEntryKind
  readonly period: Month
  readonly from: LedgerAccount
  readonly to: LedgerAccount
  /** Not negative. More than `from` holds is moved too, and leaves it in debt: whoever may not do that checks before. */
  readonly amountMicro: number
  readonly reason: string
  readonly links: Readonly<Record<string, string>>
  /** Draws on credits of these grants only. */
  readonly grants?: ReadonlySet<string>
}

/** A decision about credits while it is made: later steps see the balances that earlier ones left. Nothing in the view is touched. */
export class LedgerDraft {
  readonly view: OrganizationView
  readonly head: CommandHead
  readonly ledger: Ledger
  readonly allocations: Map<string, Allocation>
  readonly #entries: LedgerEntry[] = []
  readonly #months = new Map<Month, Map<string, AllocationPeriod>>()
  readonly #open = new Map<string, AllocationPeriod>()
  readonly #bySource = new Map<Month, ReadonlyMap<LedgerAccount, readonly AllocationPeriod[]>>()
  readonly #touched = new Set<string>()
  readonly #others = new Map<string, ControlChange>()

  constructor(view: OrganizationView, head: CommandHead) {
    this.view = view
    this.head = head
    this.ledger = new Ledger(view.ledger)
    this.allocations = new Map(view.entities.allocation)
    for (const period of view.entities.allocation_period.values()) this.#keep(period)
  }

  /** Moves credits, each with the grant it comes from. Nothing happens for a sum of 0, or when the entry is there already. */
  move(move: Move): void {
    const { amountMicro, from, to, grants, ...entry } = move
    if (amountMicro === 0) return
    const postings = this.postings({ from, to, amountMicro, ...(grants && { grants }) })
    this.post({ ...entry, at_ms: this.head.atMs, postings })
  }

  /** The two sides of a movement, by grant. */
  postings({
    from,
    to,
    amountMicro,
    grants,
  }: Pick<Move, 'from' | 'to' | 'amountMicro' | 'grants'>): Posting[] {
    if (amountMicro < 0)
      throw new RangeError(`${amountMicro} micro-credits cannot be moved from ${from} to ${to}`)
    const held = this.ledger.lots(from)
    const lots = grants === undefined ? held : new Map([...held].filter(([grant]) => grants.has(grant)))
    return drawLots(lots, amountMicro, this.view.entities.grant).flatMap(({ grant, amountMicro: amount }) => [
      posting(from, -amount, grant),
      posting(to, amount, grant),
    ])
  }

  /** Of more spend, or, where the sum is negative, of less. */
  spendPostings(allocation: string, spentMicro: number): Posting[] {
    const [held, spent] = [allocationAccount(allocation), spentAccount(allocation)]
    return spentMicro >= 0
      ? this.postings({ from: held, to: spent, amountMicro: spentMicro })
      : this.postings({ from: spent, to: held, amountMicro: -spentMicro })
  }

  /** Throws when the postings do not sum to zero: no decision may make or lose a credit. */
  post(entry: LedgerEntry): void {
    const sum = entry.postings.reduce((total, { amount_micro }) => total + amount_micro, 0)
    if (sum !== 0) throw new Error(`ledger entry ${entry.id} is out of balance by ${sum} micro-credits`)
    if (this.ledger.has(entry.id)) return
    const after = new Ledger(this.ledger)
    after.fold(entry)
    const settled = {
      ...entry,
      postings: [...entry.postings, ...settledDebts(entry, after, this.view.entities.grant)],
    }
    this.ledger.fold(settled)
    this.#entries.push(settled)
  }

  /** `id`, or `id:2` and so on where it is taken. */
  freeId(id: string): string {
    if (!this.ledger.has(id)) return id
    let n = 2
    while (this.ledger.has(`${id}:${n}`)) n++
    return `${id}:${n}`
  }

  period(allocation: string, month: Month): AllocationPeriod | undefined {
    return this.#months.get(month)?.get(allocation)
  }

  periodsOf(month: Month): AllocationPeriod[] {
    return [...(this.#months.get(month)?.values() ?? [])]
  }

  /** The periods of a month that are funded by an account. */
  periodsBelow(source: LedgerAccount, month: Month): readonly AllocationPeriod[] {
    let bySource = this.#bySource.get(month)
    if (bySource === undefined) {
      bySource = Map.groupBy(this.periodsOf(month), (period) => period.source)
      this.#bySource.set(month, bySource)
    }
    return bySource.get(source) ?? []
  }

  months(): Month[] {
    return [...this.#months.keys()].sort()
  }

  /** In the order of the allocations' ids; all are of one month, since all are rolled together. */
  openPeriods(): AllocationPeriod[] {
    return [...this.#open.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  openPeriodOf(allocation: string): AllocationPeriod | undefined {
    return this.#open.get(allocation)
  }

  /** The month that is open; `undefined` before the first allocation is funded. */
  openMonth(): Month | undefined {
    return this.#open.values().next().value?.period
  }

  putPeriod(period: AllocationPeriod): void {
    this.#touched.add(period.id)
    this.#keep(period)
  }

  #keep(period: AllocationPeriod): void {
    const known = this.#months.get(period.period) ?? new Map<string, AllocationPeriod>()
    known.set(period.allocation, period)
    this.#months.set(period.period, known)
    this.#bySource.delete(period.period)
    if (period.state === 'open') this.#open.set(period.allocation, period)
    else if (this.#open.get(period.allocation)?.id === period.id) this.#open.delete(period.allocation)
  }

  /** Anything else that belongs to the decision: a request, an incident, an allocation. Of two for one entity the last counts. */
  change(change: ControlChange): void {
    if (change.kind === 'allocation' && change.type === 'put') this.allocations.set(change.id, change.data)
    if (change.kind === 'allocation' && change.type === 'removed') this.allocations.delete(change.id)
    this.#others.set(`${change.kind}:${change.id}`, change)
  }

  /** As this draft leaves it. */
  incident(id: string): Incident | undefined {
    const change = this.#others.get(`incident:${id}`)
    return change?.kind === 'incident' && change.type === 'put'
      ? change.data
      : this.view.entities.incident.get(id)
  }

  /** The entries in their order, then the periods with what may be spent now, then the rest. */
  changes(): ControlChange[] {
    this.#renewLimits()
    const periods = [...this.#touched].flatMap((id) => {
      const month = id.slice(id.lastIndexOf(':') + 1) as Month
      const period = this.period(id.slice(0, id.lastIndexOf(':')), month)
      return period === undefined || samePeriod(period, this.view.entities.allocation_period.get(id))
        ? []
        : [period]
    })
    return [
      ...this.#entries.map((data): ControlChange => ({
        kind: 'ledger_entry',
        id: data.id,
        type: 'put',
        data,
      })),
      ...periods.map((data): ControlChange => ({
        kind: 'allocation_period',
        id: data.id,
        type: 'put',
        data,
      })),
      ...this.#others.values(),
    ]
  }

  #renewLimits(): void {
    const open = this.openPeriods()
    const below = Map.groupBy(open, ({ source }) => source)
    const subtree = (period: AllocationPeriod): number => {
      const account: LedgerAccount = `allocation:${period.allocation}`
      const children = below.get(account) ?? []
      return children.reduce((sum, child) => sum + subtree(child), this.ledger.balanceMicro(account))
    }
    for (const period of open) {
      const limit_micro = Math.max(0, subtree(period))
      if (limit_micro !== period.limit_micro) this.putPeriod({ ...period, limit_micro })
    }
  }
}

/** Where an account holds credits of some grants and lacks some of others or of none, the lack is made good: no account keeps both. */
function settledDebts(entry: LedgerEntry, after: Ledger, grants: ReadonlyMap<string, Grant>): Posting[] {
  const accounts = new Set(entry.postings.map(({ account }) => account).filter(holdsCredits))
  return [...accounts].flatMap((account) => {
    const held = new Map([...after.lots(account)].filter(([, amount]) => amount > 0))
    const debts = [...after.lots(account)]
      .filter(([, amount]) => amount < 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
    return debts.flatMap(([debtor, owed]) => {
      const total = [...held.values()].reduce((sum, amount) => sum + amount, 0)
      return drawLots(held, Math.min(-owed, total), grants).flatMap(({ grant, amountMicro }): Posting[] => {
        held.set(grant, (held.get(grant) ?? 0) - amountMicro)
        return [posting(account, -amountMicro, grant), posting(account, amountMicro, debtor)]
      })
    })
  })
}

function posting(account: LedgerAccount, amount_micro: number, grant: string): Posting {
  return { account, amount_micro, ...(grant === '' ? {} : { grant }) }
}

const holdsCredits = (account: LedgerAccount): boolean =>
  account.startsWith('pool:') || account.startsWith('allocation:') || account.startsWith('reserve:')

function samePeriod(a: AllocationPeriod, b: AllocationPeriod | undefined): boolean {
  return b !== undefined && (Object.keys(a) as (keyof AllocationPeriod)[]).every((key) => a[key] === b[key])
}
