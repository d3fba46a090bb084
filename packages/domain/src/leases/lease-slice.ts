import type { ScopeId } from '../scope/scope.ts'
import { HeldAccount } from './held-account.ts'
import type { LeaseAnswer, LeaseCap, LeaseReport, LeaseRequest } from './lease-records.ts'
import { LEASE_TIMES } from './lease-times.ts'

/** How a slice follows its use. */
const PACE = {
  /** Credits asked for: what these many milliseconds take. */
  aheadMs: 3_000,
  /** Asked for at the holder's turn when less than these many milliseconds are left, and between its turns when less than these. */
  lowMs: { turn: 1_500, between: 400 },
  /** At first nothing is known of the pace. */
  firstFactor: 4,
  /** Unused that long, free credits go back; near the cap sooner, for others may want them. */
  idleMs: 2_000,
  tightIdleMs: 300,
  /** How long a refusal answers for. */
  refusedMs: 500,
  /** A request without an answer for that long is made again, and the owner is silent. */
  silentMs: 1_500,
  rateWeight: 0.3,
} as const

/** What a request says besides the account. */
export interface SliceWish {
  readonly lease: LeaseReport
  readonly number: number
  readonly wantedMicro: number
  readonly neededMicro: number
}

/** What the owner last said, and when it came. */
export interface OwnerWord {
  readonly answer: LeaseAnswer
  readonly atMs: number
}

/**
 * One holder's part of the credits of a scope under certain caps. Other caps (a boost, another group) are another slice: what was
 * granted under the old ones is not spent under the new. Pure: it is told the time, and answers what is to be sent.
 */
export class LeaseSlice {
  readonly scope: ScopeId
  readonly caps: readonly LeaseCap[]
  readonly #holder: string
  readonly #newAccount: () => number
  #open: HeldAccount | undefined
  /** Closed ones with reservations or a last word outstanding. */
  #closed: HeldAccount[] = []
  #word: OwnerWord | undefined
  #pending: { readonly sentMs: number; readonly neededMicro: number } | undefined
  #isSilent = false
  #taken = 0
  #rolledMs = -Infinity
  #perMs = 0
  #usedMs = -Infinity

  constructor(of: {
    readonly scope: ScopeId
    readonly caps: readonly LeaseCap[]
    readonly holder: string
    readonly newAccount: () => number
  }) {
    this.scope = of.scope
    this.caps = of.caps
    this.#holder = of.holder
    this.#newAccount = of.newAccount
  }

  freeMicro(nowMs: number): number {
    return this.#open?.freeAt(nowMs) ?? 0
  }

  /** Reserves what `freeMicro` has shown to be there. */
  take(amountMicro: number, nowMs: number): HeldAccount {
    const account = this.#open
    if (account === undefined) throw new RangeError('more is taken than is free')
    account.take(amountMicro)
    this.#taken += amountMicro
    this.#usedMs = nowMs
    return account
  }

  /** A refusal that is too young to ask again. */
  refusal(nowMs: number): OwnerWord | undefined {
    const word = this.#word
    const isRefusal = word !== undefined && word.answer.refusal === 'cap'
    return isRefusal && nowMs - word.atMs < PACE.refusedMs ? word : undefined
  }

  get word(): OwnerWord | undefined {
    return this.#word
  }

  /** Asked and not answered for too long, since the last answer. */
  isSilent(nowMs: number): boolean {
    return this.#isSilent || (this.#pending !== undefined && nowMs - this.#pending.sentMs >= PACE.silentMs)
  }

  /**
   * What to ask for now, when somebody waits for `neededMicro`; `undefined`: nothing. What nobody waits for has time until the holder's
   * turn, when all its slices ask together: each time that a lone one asks costs burn a transaction.
   */
  wish(neededMicro: number, nowMs: number, when: 'turn' | 'between' = 'turn'): SliceWish | undefined {
    if (this.#pending !== undefined) {
      if (nowMs - this.#pending.sentMs < PACE.silentMs) return undefined
      this.#isSilent = true
    }
    const free = this.freeMicro(nowMs)
    if (this.#open?.closed === true) this.#shut()
    const refused = this.refusal(nowMs) !== undefined
    const low = free < this.#perMs * PACE.lowMs[when] && nowMs - this.#usedMs < PACE.idleMs
    const more = !refused && (neededMicro > free || low)
    if (!more && !(when === 'turn' && this.#isToBeRenewed(nowMs))) return undefined
    const account = this.#openAccount()
    const needed = more ? Math.max(0, neededMicro - free) : 0
    const ahead = more ? Math.max(needed, Math.ceil(this.#perMs * PACE.aheadMs) - free) : 0
    this.#pending = { sentMs: nowMs, neededMicro: needed }
    return {
      number: account.ask(nowMs),
      lease: account.report(this.#holder),
      neededMicro: needed,
      wantedMicro: this.#perMs === 0 ? needed * PACE.firstFactor : ahead,
    }
  }

  /** Whether the answer is about an account of this slice. */
  hear(answer: LeaseAnswer, nowMs: number): boolean {
    const account = [this.#open, ...this.#closed].find((held) => held?.number === answer.account)
    if (account === undefined) return false
    this.#pending = undefined
    this.#isSilent = false
    if (answer.refusal === 'ended') {
      if (account === this.#open) this.#shut()
      return true
    }
    account.granted(answer.number, answer.granted_micro, nowMs)
    this.#word = { answer, atMs: nowMs }
    return true
  }

  /** Measures the pace, and gives back what is not used. */
  roll(nowMs: number): void {
    const passedMs = nowMs - this.#rolledMs
    if (this.#rolledMs !== -Infinity && passedMs > 0) {
      const now = this.#taken / passedMs
      this.#perMs = this.#perMs * (1 - PACE.rateWeight) + now * PACE.rateWeight
      if (this.#perMs < 1e-3) this.#perMs = 0
    }
    this.#rolledMs = nowMs
    this.#taken = 0
    if (this.#open === undefined) return
    // While more is asked for, what is there is part of what somebody waits for.
    if (this.#pending === undefined && this.#isIdle(nowMs)) this.#open.giveBack(this.#open.freeAt(nowMs))
    if (this.#open.freeAt(nowMs) === 0 && this.#open.closed) this.#shut()
  }

  /** Others may be waiting for what is reported here: less is left of the cap than is held. */
  get isTight(): boolean {
    let held = 0
    for (const account of [this.#open, ...this.#closed]) {
      held += (account?.freeMicro ?? 0) + (account?.reservedMicro ?? 0)
    }
    return this.#leftMicro() <= held
  }

  /** What has to be told and was not yet. */
  reports(nowMs: number): LeaseReport[] {
    const reports: LeaseReport[] = []
    for (const account of [this.#open, ...this.#closed]) {
      const report = account?.newReport(this.#holder)
      if (report !== undefined) reports.push(report)
    }
    this.#closed = this.#closed.filter((account) => !account.isDone(nowMs))
    return reports
  }

  /** Something that was sent may not have arrived. */
  failed(): void {
    for (const account of [this.#open, ...this.#closed]) account?.reportAgain()
  }

  /** Everything that is free goes back: the holder stops. */
  close(): void {
    if (this.#open !== undefined) this.#shut()
  }

  /** Nothing is free, reserved, asked for or left to tell, and nobody has used it of late. */
  isOver(nowMs: number): boolean {
    const idle = nowMs - this.#usedMs >= PACE.idleMs && this.refusal(nowMs) === undefined
    return (
      idle && this.#pending === undefined && this.#closed.length === 0 && (this.#open?.isDone(nowMs) ?? true)
    )
  }

  #openAccount(): HeldAccount {
    return (this.#open ??= new HeldAccount(this.#newAccount()))
  }

  #shut(): void {
    const account = this.#open
    this.#open = undefined
    if (account === undefined) return
    account.close()
    this.#closed.push(account)
  }

  /** Open reservations need no renewal: the owner keeps them counted. Free credits in use do. */
  #isToBeRenewed(nowMs: number): boolean {
    const account = this.#open
    if (account === undefined || account.freeAt(nowMs) === 0) return false
    return account.untilMs - nowMs < LEASE_TIMES.spendMs / 2
  }

  /** Of the cap, as the owner last said it. */
  #leftMicro(): number {
    const answer = this.#word?.answer
    if (answer === undefined || answer.limit_id === '') return Infinity
    return answer.cap_micro - answer.spent_micro - answer.outstanding_micro
  }

  #isIdle(nowMs: number): boolean {
    const isTight = this.#leftMicro() < (this.#open?.freeMicro ?? 0)
    const sinceMs = nowMs - Math.max(this.#usedMs, this.#word?.atMs ?? -Infinity)
    return sinceMs >= (isTight ? PACE.tightIdleMs : PACE.idleMs)
  }
}

/** The request as it is written. */
export function leaseRequest(
  slice: LeaseSlice,
  wish: SliceWish,
  at: { readonly writtenMs: number; readonly reservationMs: number; readonly controlOffset: number },
): LeaseRequest {
  return {
    kind: 'lease_request',
    scope: slice.scope,
    pane_start: at.writtenMs,
    lease: {
      ...wish.lease,
      number: wish.number,
      wanted_micro: Math.max(wish.wantedMicro, wish.neededMicro),
      needed_micro: wish.neededMicro,
      reservation_ms: at.reservationMs,
      control_offset: at.controlOffset,
      caps: slice.caps,
    },
  }
}
