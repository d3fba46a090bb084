import { HOUR_MS, MINUTE_MS } from '@meterline/domain'
import type { Processor, StepContext } from '@meterline/topology'

import type { RuleFinding, ScoredMoment } from '../moment.ts'
import { burnRateFindings } from '../rules/burn-rate-findings.ts'
import { grantFindings } from '../rules/grant-findings.ts'
import { limitFindings } from '../rules/limit-findings.ts'
import { monthOverMonthFinding } from '../rules/month-over-month-finding.ts'
import { reviewFindings } from '../rules/review-findings.ts'
import { runEnds, runFindings } from '../rules/run-findings.ts'
import type { BurnState } from '../state/burn-state.ts'

/**
 * Adds to each moment what the alert policies say. Limits and usage without a rate are exact to the delta and looked at there, for
 * the few scopes that have any; burn rates, whose shortest window is five minutes, grants and review dates at each new minute of the log; months
 * at each hour. So a delta of a scope without limits costs one look at a cached field.
 */
export function checkRules(context: StepContext<ScoredMoment>): Processor<ScoredMoment> {
  return {
    process(moment) {
      const findings = findingsOf(moment)
      context.forward(
        findings.length === 0 ? moment : { ...moment, findings: [...moment.findings, ...findings] },
      )
    },
  }
}

const NONE: readonly RuleFinding[] = []

function findingsOf(moment: ScoredMoment): readonly RuleFinding[] {
  const { burn } = moment
  switch (moment.kind) {
    case 'spent': {
      const { scope, delta } = moment
      const hasLimit = burn.rulesOf(scope).limitReached !== undefined
      if (delta.unrated_requests <= 0 && !hasLimit) return NONE
      const unrated = runFindings(burn, scope, { name: 'unrated', requests: delta.unrated_requests })
      return [...unrated, ...limitFindings(burn, scope)]
    }
    case 'rejected':
      return runFindings(burn, moment.scope, { name: 'rejected', requests: moment.requests })
    case 'passed': {
      if (!hasPassed(moment, MINUTE_MS)) return NONE
      const months = hasPassed(moment, HOUR_MS) ? ofAllWatched(burn) : NONE
      return [
        ...ofBudgets(burn),
        ...runEnds(burn, 'unrated'),
        ...runEnds(burn, 'rejected'),
        ...grantFindings(burn),
        ...reviewFindings(burn),
        ...months,
      ]
    }
    case 'policy':
      return [...grantFindings(burn), ...reviewFindings(burn)]
  }
}

function hasPassed({ fromMs, toMs }: ScoredMoment & { readonly kind: 'passed' }, unitMs: number): boolean {
  return Math.floor(fromMs / unitMs) !== Math.floor(toMs / unitMs)
}

function ofBudgets(burn: BurnState): RuleFinding[] {
  return burn.budgetedScopes().flatMap((scope) => {
    scope.advance(burn.clockMs, burn.calendar)
    return burnRateFindings(burn, scope)
  })
}

function ofAllWatched(burn: BurnState): RuleFinding[] {
  return burn.watchedScopes().flatMap((scope) => monthOverMonthFinding(burn, scope))
}
