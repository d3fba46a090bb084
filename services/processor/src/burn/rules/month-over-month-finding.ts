import { checkMonthOverMonth, numberParam, periodSpend } from '@meterline/domain'

import type { RuleFinding } from '../moment.ts'
import type { BurnState } from '../state/burn-state.ts'
import type { ScopeBurn } from '../state/scope-burn.ts'
import { policyFinding } from './policy-finding.ts'

/** The month so far against the same span of the last one, where a policy asks for it: allocations have a tier of their own. */
export function monthOverMonthFinding(burn: BurnState, scope: ScopeBurn): RuleFinding[] {
  const policy = burn.rulesOf(scope).monthOverMonth
  if (policy === undefined) return []
  const baseline = scope.periodBaseline(burn.calendar, burn.clockMs)
  const spend = periodSpend(baseline, scope.days.creditsMicro(baseline.today), burn.clockMs)
  const { minimum_credits_micro } = policy
  const threshold = numberParam(policy, 'rise')
  const found = checkMonthOverMonth({ threshold, minimum_credits_micro }, spend)
  return [
    policyFinding(scope, policy, {
      identity: { rule: 'month_over_month', window: 'month', period: found.period, threshold },
      standing: found.standing,
      observed: found.observed,
      currentMicro: found.currentMicro,
      baseline: found.basisMicro === null ? null : { mean: found.basisMicro, stddev: 0, samples: 0 },
      span: { kind: 'month', month: spend.month, today: spend.today },
    }),
  ]
}
