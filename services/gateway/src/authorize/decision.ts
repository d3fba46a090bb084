import type { OwnerWord } from '@meterline/domain'

import type { LabelRefusal } from '../admit/label-refusal.ts'
import type { Reservation } from './reservations.ts'
import type { CappedLevel, HardLimit } from './subject.ts'

/** A limit and where it stands, as far as its owner has said. */
export interface LimitStanding {
  readonly limit: HardLimit
  readonly usedMicro: number | null
  readonly remainingMicro: number | null
}

export type DenyCode =
  | 'hard_cap'
  | 'blocked'
  | 'model_not_allowed'
  /** The usage event with these labels would be refused. */
  | LabelRefusal['reason']
export type ThrottleCode =
  | 'rate_limited'
  | 'credits_held'
  | 'owner_unreachable'
  | 'too_many_reservations'
  | 'too_many_waiting'

/** What a refusal rests on, where it is no limit: a rule, and the scope it is written for. */
export interface RuleNamed {
  readonly id: string
  readonly scope: string
}

export type AuthorizationDecision =
  | {
      readonly decision: 'allow'
      readonly reservation: Reservation
      /** The one with the least left; `null` where nothing caps the key. */
      readonly standing: LimitStanding | null
    }
  | {
      readonly decision: 'deny'
      readonly code: DenyCode
      readonly message: string
      /** Of the request, where it is one of its fields. */
      readonly field?: string
      readonly standing: LimitStanding | null
      readonly rule: RuleNamed | null
    }
  | {
      readonly decision: 'throttle'
      readonly code: ThrottleCode
      readonly message: string
      readonly standing: LimitStanding | null
      readonly rule: RuleNamed | null
      readonly retryAfterSeconds: number
    }

/** The limit of the level that its owner spoke of; the first one where it said nothing yet. */
export function standingOf(level: CappedLevel, word: OwnerWord | undefined): LimitStanding | null {
  const answer = word?.answer
  const spoken = level.limits.find(({ id }) => id === answer?.limit_id)
  const limit = spoken ?? level.limits[0]
  if (limit === undefined) return null
  if (spoken === undefined || answer === undefined) return { limit, usedMicro: null, remainingMicro: null }
  return {
    limit,
    usedMicro: answer.spent_micro,
    remainingMicro: Math.max(0, spoken.hard_cap_micro - answer.spent_micro),
  }
}

/** As `standingOf`, and the same object until the owner speaks again. */
export function createStandings(): typeof standingOf {
  const kept = new WeakMap<CappedLevel, { word: OwnerWord | undefined; standing: LimitStanding | null }>()
  return (level, word) => {
    const known = kept.get(level)
    if (known !== undefined && known.word === word) return known.standing
    const standing = standingOf(level, word)
    kept.set(level, { word, standing })
    return standing
  }
}
