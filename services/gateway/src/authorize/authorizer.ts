import type { ApiKey, HeldAccount } from '@meterline/domain'

import type { AuthorizationInput } from './authorization-input.ts'
import { AUTHORIZE } from './bounds.ts'
import type { AuthorizationDecision, LimitStanding, ThrottleCode } from './decision.ts'
import { createStandings, standingOf } from './decision.ts'
import type { Estimate } from './estimate.ts'
import type { KeyRules } from './key-rules.ts'
import type { LeaseDesk } from './lease-desk.ts'
import type { Reservation, Reservations } from './reservations.ts'
import type { CappedLevel, Subject, Subjects } from './subject.ts'

export interface AuthorizerOptions {
  readonly subjects: Subjects
  readonly rules: KeyRules
  readonly estimate: Estimate
  readonly desk: LeaseDesk
  readonly reservations: Reservations
  readonly maxReservationMs: number
  /** Monotonic. */
  readonly nowMs: () => number
  /** Wall clock: for what is dated, never for how long something holds. */
  readonly dateMs: () => number
}

/** What is taken from which levels; `open` are those that nobody answers for. */
interface Taken {
  readonly amountMicro: number
  readonly levels: readonly CappedLevel[]
  readonly open: readonly CappedLevel[]
}

/** May this key spend about that much? From memory as a rule; the owners are asked ahead. */
export class Authorizer {
  readonly #options: AuthorizerOptions
  readonly #standings = createStandings()
  readonly #lastParts = new WeakMap<Subject, readonly HeldAccount[]>()

  constructor(options: AuthorizerOptions) {
    this.#options = options
  }

  async authorize(key: ApiKey, input: AuthorizationInput): Promise<AuthorizationDecision> {
    const { reservations, subjects, rules, estimate, dateMs, nowMs } = this.#options
    const dated = dateMs()
    const subject = subjects(key, input.user, dated)
    // Asked again, it is the same reservation: before any rule, which may have changed since.
    const known = reservations.again(key.id, input.requestId, nowMs())
    if (known !== undefined) {
      return { decision: 'allow', reservation: known, standing: this.#tightest(subject) }
    }
    const refusal = rules.refusal(subject, input, dated)
    if (refusal !== undefined) return refusal
    const amountMicro =
      input.estimate.kind === 'credits'
        ? input.estimate.creditsMicro
        : estimate(input, input.estimate.units, dated)
    if (reservations.isFull) {
      return throttle('too_many_reservations', 'more is reserved than this gateway keeps')
    }
    // What costs nothing needs no credits.
    const capped = amountMicro === 0 ? NONE : subject.levels
    return this.#isEnough(capped, amountMicro)
      ? this.#allow(subject, input, { amountMicro, levels: capped, open: NONE })
      : this.#reserve(subject, input, { amountMicro, capped })
  }

  #isEnough(capped: readonly CappedLevel[], amountMicro: number): boolean {
    const { desk, nowMs } = this.#options
    const atMs = nowMs()
    for (const level of capped) if (desk.slice(level).freeMicro(atMs) < amountMicro) return false
    return true
  }

  /** All levels or none: nothing is taken before every level has enough. */
  async #reserve(
    subject: Subject,
    input: AuthorizationInput,
    of: { readonly amountMicro: number; readonly capped: readonly CappedLevel[] },
  ): Promise<AuthorizationDecision> {
    const { amountMicro, capped } = of
    const { desk, nowMs, reservations } = this.#options
    const deadlineMs = nowMs() + AUTHORIZE.ownerWaitMs
    for (;;) {
      const atMs = nowMs()
      const lacking = capped.filter((level) => desk.slice(level).freeMicro(atMs) < amountMicro)
      const open: CappedLevel[] = []
      const awaited: CappedLevel[] = []
      for (const level of lacking) {
        const refusal = this.#refusal(level, amountMicro, atMs)
        if (refusal !== undefined) return refusal
        if (atMs < deadlineMs && !desk.slice(level).isSilent(atMs)) awaited.push(level)
        else if (level.limits.every(({ on_owner_unreachable }) => on_owner_unreachable === 'open')) {
          // The owner is asked again and again meanwhile: it may be back.
          desk.ahead(level, amountMicro)
          open.push(level)
        } else {
          desk.ahead(level, amountMicro)
          return unreachable(level)
        }
      }
      if (awaited.length === 0) {
        const levels = capped.filter((level) => !open.includes(level))
        return this.#allow(subject, input, { amountMicro, levels, open })
      }
      if (desk.isCrowded)
        return throttle('too_many_waiting', 'more wait for their credits than this gateway lets')
      await Promise.all(awaited.map((level) => desk.word(level, amountMicro, deadlineMs)))
      // While it waited, the same request may have come once more, and been answered.
      const twin = reservations.again(subject.key.id, input.requestId, nowMs())
      if (twin !== undefined) {
        return { decision: 'allow', reservation: twin, standing: this.#tightest(subject) }
      }
    }
  }

  #allow(subject: Subject, input: AuthorizationInput, taken: Taken): AuthorizationDecision {
    const reservation = this.#take(subject, input, taken)
    return { decision: 'allow', reservation, standing: this.#tightest(subject) }
  }

  #take(subject: Subject, input: AuthorizationInput, { amountMicro, levels, open }: Taken): Reservation {
    const { desk, reservations, nowMs, dateMs, maxReservationMs } = this.#options
    const atMs = nowMs()
    const parts = levels.map((level) => desk.slice(level).take(amountMicro, atMs))
    const reservation = reservations.add({
      apiKeyId: subject.key.id,
      requestId: input.requestId,
      creditsMicro: amountMicro,
      ttlMs: Math.min(input.ttlMs ?? AUTHORIZE.defaultReservationMs, maxReservationMs),
      parts: this.#shared(subject, parts),
      unverified: open.length === 0 ? NONE : open.map(({ scope }) => scope),
      atMs,
      atDateMs: dateMs(),
    })
    return reservation
  }

  /** The array of the subject's last reservation, where it is the same: a reservation keeps it for as long as it lasts. */
  #shared(subject: Subject, parts: readonly HeldAccount[]): readonly HeldAccount[] {
    const last = this.#lastParts.get(subject)
    if (last?.length === parts.length && last.every((account, at) => account === parts[at])) return last
    this.#lastParts.set(subject, parts)
    return parts
  }

  /** What the level's caps and its owner's last word say against the amount; `undefined`: nothing that is known. */
  #refusal(level: CappedLevel, amountMicro: number, atMs: number): AuthorizationDecision | undefined {
    const slice = this.#options.desk.slice(level)
    const tooSmall = level.limits.find(({ hard_cap_micro }) => hard_cap_micro < amountMicro)
    if (tooSmall !== undefined) {
      const standing = { limit: tooSmall, usedMicro: null, remainingMicro: null }
      return hardCap({ ...standing, ...said(standingOf(level, slice.word), tooSmall.id) })
    }
    const word = slice.refusal(atMs)
    if (word === undefined) return undefined
    const { cap_micro, spent_micro, outstanding_micro } = word.answer
    if (cap_micro - spent_micro - outstanding_micro >= amountMicro) return undefined
    const standing = standingOf(level, word)
    if (standing === null) return undefined
    return spent_micro + amountMicro > cap_micro ? hardCap(standing) : held(standing)
  }

  #tightest({ levels }: Subject): LimitStanding | null {
    let tightest: LimitStanding | null = null
    for (const level of levels) {
      const standing = this.#standings(level, this.#options.desk.slice(level).word)
      if (standing === null) continue
      const less = (standing.remainingMicro ?? Infinity) < (tightest?.remainingMicro ?? Infinity)
      if (tightest === null || less) tightest = standing
    }
    return tightest
  }
}

const NONE: readonly never[] = []

function said(standing: LimitStanding | null, limitId: string): Partial<LimitStanding> {
  if (standing?.limit.id !== limitId) return {}
  const { usedMicro, remainingMicro } = standing
  return { usedMicro, remainingMicro }
}

function hardCap(standing: LimitStanding): AuthorizationDecision {
  const { scope, id } = standing.limit
  const message = `the hard cap of ${id} on ${scope} leaves less than that`
  return { decision: 'deny', code: 'hard_cap', message, standing, rule: null }
}

/** Enough is not spent, but reserved by others, or spent and not metered yet: that is known soon. */
function held(standing: LimitStanding): AuthorizationDecision {
  const { scope, id } = standing.limit
  return {
    decision: 'throttle',
    code: 'credits_held',
    message: `what ${id} leaves on ${scope} is reserved at the moment`,
    standing,
    rule: null,
    retryAfterSeconds: AUTHORIZE.retryAfterHeldSeconds,
  }
}

function unreachable(level: CappedLevel): AuthorizationDecision {
  const closed = level.limits.find(({ on_owner_unreachable }) => on_owner_unreachable === 'closed')
  return {
    decision: 'throttle',
    code: 'owner_unreachable',
    message: `nobody says what is left on ${level.scope}, and ${closed?.id ?? 'its limit'} fails closed`,
    standing: closed === undefined ? null : { limit: closed, usedMicro: null, remainingMicro: null },
    rule: null,
    retryAfterSeconds: AUTHORIZE.retryAfterSilenceSeconds,
  }
}

function throttle(code: ThrottleCode, message: string): AuthorizationDecision {
  return {
    decision: 'throttle',
    code,
    message,
    standing: null,
    rule: null,
    retryAfterSeconds: AUTHORIZE.retryAfterSilenceSeconds,
  }
}
