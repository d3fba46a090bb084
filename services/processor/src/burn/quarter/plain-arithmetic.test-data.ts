/**
 * The same quarter by plain arithmetic, month by month and allocation by allocation: no postings, no grants, no events. All figures
 * are micro-credits.
 */
export interface MonthFacts {
  /** Spent in the month and known when it closed. */
  readonly spent: number
  /** Spend of earlier months that became known in this one; less than nothing for a correction. */
  readonly lateFromBefore?: number
  /** Boosts and top-ups. */
  readonly given?: number
  /** Of those, what had gone back before the month's end. */
  readonly endedWithin?: { readonly given: number; readonly back: number }
  readonly reserveDrawn?: number
}

export interface Rule {
  readonly monthly: number
  readonly reserve: number
  /** In percent, so that it stays an integer. */
  readonly rolloverPercent: number
}

export interface Standing {
  /** In the allocation at the beginning of the month, above the month's own credits. */
  readonly carried: number
  readonly spentInAll: number
  /** What the pool got back minus what it gave, all months together. */
  readonly poolChange: number
}

export const START: Standing = { carried: 0, spentInAll: 0, poolChange: 0 }

/** What an allocation may spend as the month stands at its close. */
export function limitOf(before: Standing, rule: Rule, facts: MonthFacts): number {
  const { given = 0, endedWithin = { given: 0, back: 0 }, reserveDrawn = 0, lateFromBefore = 0 } = facts
  return (
    before.carried + rule.monthly - rule.reserve + given - endedWithin.back + reserveDrawn - lateFromBefore
  )
}

export function closeMonth(before: Standing, rule: Rule, facts: MonthFacts): Standing {
  const { given = 0, endedWithin = { given: 0, back: 0 }, reserveDrawn = 0, lateFromBefore = 0 } = facts
  const left = limitOf(before, rule, facts) - facts.spent
  const overage = left < 0 ? -left : 0
  const rest = left < 0 ? 0 : left
  const temporaryBack = Math.min(given - endedWithin.given, rest)
  const mayCarry = (rule.monthly * rule.rolloverPercent) / 100
  const carried = Math.min(rest - temporaryBack, mayCarry)
  const returned = rest - temporaryBack - carried
  return {
    carried,
    spentInAll: before.spentInAll + facts.spent + lateFromBefore,
    poolChange:
      before.poolChange -
      rule.monthly -
      given +
      endedWithin.back -
      overage +
      temporaryBack +
      returned +
      (rule.reserve - reserveDrawn),
  }
}
