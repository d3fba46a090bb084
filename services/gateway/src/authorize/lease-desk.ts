import type { LeaseAnswer, LeaseRequest, LeaseReturn, ScopeId } from '@meterline/domain'
import { leaseRequest, LeaseSlice } from '@meterline/domain'

import { AUTHORIZE } from './bounds.ts'
import type { CappedLevel } from './subject.ts'

/** Where the desk's letters to the owners go: spend.delta. */
export interface LeasePost {
  /** Rejects when it is not known whether they arrived. */
  send(records: readonly (LeaseRequest | LeaseReturn)[]): Promise<void>
}

export interface LeaseDeskOptions {
  /** Of this process, made anew at every start. */
  readonly holder: string
  readonly post: LeasePost
  readonly controlOffset: () => number
  /** The longest that a reservation may last. */
  readonly reservationMs: number
  /** Monotonic. */
  readonly nowMs: () => number
  /** Wall clock, for the records. */
  readonly writtenMs: () => number
  readonly onTrouble: (error: unknown) => void
}

interface Counter {
  readonly slice: LeaseSlice
  waiting: number
  readonly waiters: Set<() => void>
}

/** The slices of this process: takes what is there, asks for more ahead of need, gives back what is not used. */
export class LeaseDesk {
  readonly #options: LeaseDeskOptions
  readonly #counters = new Map<string, Counter>()
  readonly #ofScope = new Map<ScopeId, Set<Counter>>()
  #accounts = 0
  #waiting = 0
  /** Of the next turn. */
  #turnMs = -Infinity

  constructor(options: LeaseDeskOptions) {
    this.#options = options
  }

  slice(level: CappedLevel): LeaseSlice {
    return this.#counter(level).slice
  }

  get isCrowded(): boolean {
    return this.#waiting >= AUTHORIZE.maxWaiting
  }

  /** Asks the owner of the level; resolves at its next word, or at the deadline. */
  async word(level: CappedLevel, amountMicro: number, deadlineMs: number): Promise<void> {
    const counter = this.#counter(level)
    const { promise, resolve } = Promise.withResolvers<void>()
    counter.waiting += amountMicro
    counter.waiters.add(resolve)
    this.#waiting += 1
    const timer = setTimeout(resolve, Math.max(0, deadlineMs - this.#options.nowMs()))
    this.#ask(counter.slice, counter.waiting)
    await promise
    clearTimeout(timer)
    this.#waiting -= 1
    counter.waiting -= amountMicro
    counter.waiters.delete(resolve)
  }

  /** Asks for as much as somebody could not wait for. */
  ahead(level: CappedLevel, amountMicro: number): void {
    const { slice, waiting } = this.#counter(level)
    this.#ask(slice, waiting + amountMicro)
  }

  hear(answer: LeaseAnswer): void {
    if (answer.holder !== this.#options.holder) return
    const nowMs = this.#options.nowMs()
    for (const { slice, waiters } of this.#ofScope.get(answer.scope) ?? []) {
      if (slice.hear(answer, nowMs)) for (const resolve of waiters) resolve()
    }
  }

  /** To be called every `tendIntervalMs`: asks ahead of need, and reports. What can wait goes out together, at every turn. */
  tend(): void {
    const nowMs = this.#options.nowMs()
    const isTurn = nowMs >= this.#turnMs
    if (isTurn) this.#turnMs = nowMs + AUTHORIZE.turnIntervalMs
    for (const [name, counter] of this.#counters) {
      counter.slice.roll(nowMs)
      this.#ask(counter.slice, counter.waiting, isTurn ? 'turn' : 'between')
      if (isTurn || counter.slice.isTight) void this.#report(counter)
      if (counter.waiters.size === 0 && counter.slice.isOver(nowMs)) this.#drop(name, counter)
    }
  }

  /** Gives back what is free. Open reservations stay counted until they end. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#counters.values()].map(async (counter) => {
        counter.slice.close()
        await this.#report(counter)
      }),
    )
  }

  #counter(level: CappedLevel): Counter {
    return this.#counters.get(level.sliceName) ?? this.#newCounter(level)
  }

  #newCounter({ sliceName, scope, caps }: CappedLevel): Counter {
    const { holder } = this.#options
    const newAccount = () => ++this.#accounts
    const slice = new LeaseSlice({ scope, caps, holder, newAccount })
    const counter: Counter = { slice, waiting: 0, waiters: new Set() }
    this.#counters.set(sliceName, counter)
    const others = this.#ofScope.get(scope)
    if (others === undefined) this.#ofScope.set(scope, new Set([counter]))
    else others.add(counter)
    return counter
  }

  #drop(name: string, counter: Counter): void {
    this.#counters.delete(name)
    const others = this.#ofScope.get(counter.slice.scope)
    others?.delete(counter)
    if (others?.size === 0) this.#ofScope.delete(counter.slice.scope)
  }

  #ask(slice: LeaseSlice, neededMicro: number, when: 'turn' | 'between' = 'between'): void {
    // The time of the wish is before it is sent: the owner's count begins later.
    const wish = slice.wish(neededMicro, this.#options.nowMs(), when)
    if (wish === undefined) return
    const { writtenMs, reservationMs, controlOffset } = this.#options
    const at = { writtenMs: writtenMs(), reservationMs, controlOffset: controlOffset() }
    void this.#send(slice, [leaseRequest(slice, wish, at)])
  }

  async #report({ slice }: Counter): Promise<void> {
    const { nowMs, writtenMs } = this.#options
    const records = slice.reports(nowMs()).map((lease) => {
      return { kind: 'lease_return', scope: slice.scope, pane_start: writtenMs(), lease } as const
    })
    if (records.length > 0) await this.#send(slice, records)
  }

  async #send(slice: LeaseSlice, records: readonly (LeaseRequest | LeaseReturn)[]): Promise<void> {
    try {
      await this.#options.post.send(records)
    } catch (error) {
      slice.failed()
      this.#options.onTrouble(error)
    }
  }
}
