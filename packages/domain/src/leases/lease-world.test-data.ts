import { LeaseBook } from './lease-book.ts'
import type { HeldAccount } from './held-account.ts'
import type { LeaseAnswer, LeaseCap, LeaseRequest, LeaseReturn } from './lease-records.ts'
import { LeaseSlice, leaseRequest } from './lease-slice.ts'
import type { OwnedAccount } from './owned-account.ts'

export const SCOPE = 'team:payments'
export const RESERVATION_MS = 20_000

type LogEntry =
  | { readonly kind: 'spent'; readonly creditsMicro: number }
  | { readonly kind: 'tick'; readonly atMs: number; readonly meteredOffset: number }
  | LeaseRequest
  | LeaseReturn

interface Reservation {
  readonly holder: Holder
  readonly account: HeldAccount
  readonly amountMicro: number
  readonly expiresMs: number
  state: 'open' | 'used' | 'over'
}

interface Holder {
  readonly id: string
  slice: LeaseSlice
  alive: boolean
  pausedUntilMs: number
}

interface Usage {
  readonly amountMicro: number
}

/**
 * Owner, holders, pipeline and clocks in one place, driven step by step. Everything that is sent may be late or lost, in the ways
 * that the real thing allows: order within a holder is kept, answers come from the committed log.
 */
export class LeaseWorld {
  nowMs = 1_000_000
  readonly caps: readonly LeaseCap[]
  readonly capMicro: number
  /** Usage that stands in usage.events, in order. */
  readonly #events: Usage[] = []
  #meteredEvents = 0
  readonly #log: LogEntry[] = []
  #book = new LeaseBook()
  #changelog = new Map<string, OwnedAccount>()
  #spentMicro = 0
  #handled = 0
  readonly #answers: LeaseAnswer[] = []
  readonly #heard = new Map<string, number>()
  readonly #reservations: Reservation[] = []
  readonly #inFlight: { readonly entry: LogEntry; readonly holder: string }[] = []
  #holders: Holder[] = []
  #snapshot: { readonly logEnd: number; readonly events: number } | undefined
  #meteredOffset = -1
  #accounts = 0
  #started = 0
  readonly #late = new Set<Reservation>()
  /** Usage beyond what was reserved for it: all that can ever exceed the cap. */
  excessMicro = 0
  refusals = 0
  authorized = 0

  constructor(capMicro: number, holders: number) {
    this.capMicro = capMicro
    this.caps = [{ limit_id: 'cap', period: 'month', cap_micro: capMicro }]
    for (let at = 0; at < holders; at++) this.#holders.push(this.#newHolder())
  }

  #newHolder(): Holder {
    const id = `gateway-${++this.#started}`
    const slice = new LeaseSlice({
      scope: SCOPE,
      caps: this.caps,
      holder: id,
      newAccount: () => ++this.#accounts,
    })
    this.#heard.set(id, this.#answers.length)
    return { id, slice, alive: true, pausedUntilMs: -Infinity }
  }

  /** Usage made or that may still be made, in all. */
  exposureMicro(): number {
    const open = this.#reservations
      .filter(({ state, expiresMs }) => state === 'open' && this.nowMs < expiresMs)
      .reduce((sum, { amountMicro }) => sum + amountMicro, 0)
    return open + this.#events.reduce((sum, { amountMicro }) => sum + amountMicro, 0)
  }

  outstandingMicro(): number {
    return this.#book.outstandingMicro(SCOPE)
  }

  get spentMicro(): number {
    return this.#spentMicro
  }

  pass(ms: number): void {
    this.nowMs += ms
  }

  authorize(at: number, amountMicro: number): boolean {
    const holder = this.#awake(at)
    if (holder === undefined) return false
    if (holder.slice.freeMicro(this.nowMs) < amountMicro) {
      this.#pump(holder, amountMicro)
      this.refusals += 1
      return false
    }
    const account = holder.slice.take(amountMicro, this.nowMs)
    const expiresMs = this.nowMs + RESERVATION_MS
    this.#reservations.push({ holder, account, amountMicro, expiresMs, state: 'open' })
    this.authorized += amountMicro
    this.#pump(holder, 0)
    return true
  }

  /** The call is made and reported, through any gateway; the holder learns of it, or later (`hearOf`), or never does. */
  use(at: number, heard: boolean, excessMicro = 0): void {
    const reservation = this.#pick(at)
    if (reservation === undefined) return
    this.#events.push({ amountMicro: reservation.amountMicro + excessMicro })
    this.excessMicro += excessMicro
    reservation.state = 'used'
    if (heard && this.#isAwake(reservation.holder)) {
      reservation.account.settle(reservation.amountMicro)
      reservation.state = 'over'
    }
  }

  /** The holder hears late of usage that came through another gateway. */
  hearOf(at: number): void {
    const used = this.#reservations.filter(({ state }) => state === 'used')
    const reservation = used[at % Math.max(1, used.length)]
    if (reservation === undefined || !this.#isAwake(reservation.holder)) return
    reservation.account.settle(reservation.amountMicro)
    reservation.state = 'over'
  }

  /** The call of a reservation that has expired is made or reported after all. */
  useLate(at: number): void {
    const expired = this.#reservations.filter(
      ({ state, expiresMs }) => state !== 'used' && this.nowMs >= expiresMs,
    )
    const reservation = expired[at % Math.max(1, expired.length)]
    if (reservation === undefined || this.#late.has(reservation)) return
    this.#late.add(reservation)
    this.#events.push({ amountMicro: reservation.amountMicro })
    this.excessMicro += reservation.amountMicro
  }

  /** Usage that nobody asked for. */
  useUnasked(amountMicro: number): void {
    this.#events.push({ amountMicro })
    this.excessMicro += amountMicro
  }

  release(at: number): void {
    const reservation = this.#pick(at)
    if (reservation === undefined || !this.#isAwake(reservation.holder)) return
    reservation.state = 'over'
    reservation.account.release(reservation.amountMicro, this.nowMs)
  }

  /** What a holder does by itself from time to time. */
  tend(at: number): void {
    const holder = this.#awake(at)
    if (holder === undefined) return
    for (const reservation of this.#reservations) {
      if (reservation.holder !== holder || reservation.state === 'over') continue
      if (this.nowMs < reservation.expiresMs) continue
      reservation.state = 'over'
      reservation.account.settle(reservation.amountMicro)
    }
    holder.slice.roll(this.nowMs)
    this.#hear(holder)
    this.#pump(holder, 0)
  }

  kill(at: number): void {
    const index = at % this.#holders.length
    const holder = this.#holders[index]
    if (holder === undefined) return
    holder.alive = false
    this.#holders[index] = this.#newHolder()
  }

  pause(at: number, ms: number): void {
    const holder = this.#holders[at % this.#holders.length]
    if (holder !== undefined) holder.pausedUntilMs = this.nowMs + ms
  }

  /** The first thing under way reaches the log, or is lost; its holder may have heard that it failed. */
  deliver(at: number, lost: boolean): void {
    if (this.#inFlight.length === 0) return
    const index = at % this.#inFlight.length
    // What one sender sends stays in order.
    const sender = this.#inFlight[index]?.holder
    const first = this.#inFlight.findIndex(({ holder }) => holder === sender)
    const [sent] = this.#inFlight.splice(first, 1)
    if (sent === undefined) return
    if (!lost) this.#log.push(sent.entry)
    else this.#holders.find(({ id }) => id === sent.holder)?.slice.failed()
  }

  /** Meter takes up to `events` further; their deltas and its position are committed together. */
  meter(events: number): void {
    const to = Math.min(this.#events.length, this.#meteredEvents + events)
    const taken = this.#events.slice(this.#meteredEvents, to)
    if (taken.length === 0) return
    this.#meteredEvents = to
    const creditsMicro = taken.reduce((sum, { amountMicro }) => sum + amountMicro, 0)
    this.#log.push({ kind: 'spent', creditsMicro })
  }

  /** The watch behind the ticks: first the log's end, then that of the events; known when meter has reached it. */
  watch(): void {
    if (this.#snapshot !== undefined && this.#meteredEvents >= this.#snapshot.events) {
      this.#meteredOffset = this.#snapshot.logEnd
      this.#snapshot = undefined
    }
    this.#snapshot ??= { logEnd: this.#log.length, events: this.#events.length }
  }

  /** A tick is made now; it may take its time to the log. */
  tick(): void {
    const entry = { kind: 'tick', atMs: this.nowMs, meteredOffset: this.#meteredOffset } as const
    this.#inFlight.push({ entry, holder: 'ticker' })
  }

  /** The owner works on; the answers are visible together with its changelog. */
  work(records: number): void {
    const answers: LeaseAnswer[] = []
    const to = Math.min(this.#log.length, this.#handled + records)
    for (; this.#handled < to; this.#handled++) {
      const entry = this.#log[this.#handled]
      if (entry !== undefined) this.#handle(entry, this.#handled, answers)
    }
    for (const { name, account } of this.#book.takeChanges()) {
      if (account === undefined) this.#changelog.delete(name)
      else this.#changelog.set(name, structuredClone(account))
    }
    this.#answers.push(...answers)
  }

  crashOwner(): void {
    this.#book = new LeaseBook()
    for (const [name, account] of this.#changelog) this.#book.restore(SCOPE, name, account)
  }

  #handle(entry: LogEntry, offset: number, answers: LeaseAnswer[]): void {
    switch (entry.kind) {
      case 'spent':
        this.#spentMicro += entry.creditsMicro
        return
      case 'tick':
        this.#book.tick({ offset, atMs: entry.atMs, meteredOffset: entry.meteredOffset })
        return
      case 'lease_request':
        answers.push(
          this.#book.request(entry, offset, {
            spentMicro: () => this.#spentMicro,
            controlOffset: 1,
            nowMs: this.nowMs,
          }),
        )
        return
      case 'lease_return':
        this.#book.giveBack(entry, offset)
    }
  }

  #hear(holder: Holder): void {
    const from = this.#heard.get(holder.id) ?? 0
    for (const answer of this.#answers.slice(from)) {
      if (answer.holder === holder.id) holder.slice.hear(answer, this.nowMs)
    }
    this.#heard.set(holder.id, this.#answers.length)
  }

  #pump(holder: Holder, neededMicro: number): void {
    const wish = holder.slice.wish(neededMicro, this.nowMs)
    const at = { writtenMs: this.nowMs, reservationMs: RESERVATION_MS, controlOffset: 1 }
    if (wish !== undefined) {
      this.#inFlight.push({ entry: leaseRequest(holder.slice, wish, at), holder: holder.id })
    }
    for (const lease of holder.slice.reports(this.nowMs)) {
      const entry = { kind: 'lease_return', scope: SCOPE, pane_start: this.nowMs, lease } as const
      this.#inFlight.push({ entry, holder: holder.id })
    }
  }

  #pick(at: number): Reservation | undefined {
    const open = this.#reservations.filter(
      ({ state, expiresMs }) => state === 'open' && this.nowMs < expiresMs,
    )
    return open.length === 0 ? undefined : open[at % open.length]
  }

  #awake(at: number): Holder | undefined {
    const holder = this.#holders[at % this.#holders.length]
    return holder !== undefined && this.#isAwake(holder) ? holder : undefined
  }

  #isAwake(holder: Holder): boolean {
    return holder.alive && this.nowMs >= holder.pausedUntilMs
  }
}
