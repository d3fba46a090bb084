import { dayName, limitReached, monthName } from '@meterline/domain'

import type { RuleFinding } from '../moment.ts'
import type { BurnState } from '../state/burn-state.ts'
import type { ScopeBurn } from '../state/scope-burn.ts'
import { policyFinding } from './policy-finding.ts'

/** Spend of the day and of the month against the limits that hold for the scope. */
export function limitFindings(burn: BurnState, scope: ScopeBurn): RuleFinding[] {
  const policy = burn.rulesOf(scope).limitReached
  if (policy === undefined) return []
  const { calendar, clockMs } = burn
  const today = calendar.day(clockMs)
  const month = calendar.month(today)
  return burn.limits.of(scope.scope, clockMs).flatMap((limit) => {
    const isDay = limit.period === 'day'
    const currentMicro = isDay
      ? scope.days.creditsMicro(today)
      : scope.periodBaseline(calendar, clockMs).monthBeforeTodayMicro + scope.days.creditsMicro(today)
    const found = limitReached(policy, limit, currentMicro)
    if (found === undefined) return []
    return policyFinding(scope, policy, {
      identity: {
        rule: 'limit_reached',
        window: limit.period,
        period: isDay ? dayName(today) : monthName(month),
        threshold: found.threshold,
        about: `limit:${limit.id}`,
      },
      limitMicro: found.capMicro,
      standing: found.standing,
      observed: found.observed,
      currentMicro,
      baseline: { mean: found.capMicro, stddev: 0, samples: 0 },
      span: isDay ? { kind: 'day', day: today } : { kind: 'month', month, today },
    })
  })
}
