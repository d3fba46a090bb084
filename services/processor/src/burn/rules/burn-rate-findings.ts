import type { AlertPolicy } from '@meterline/domain'
import { burnRate, monthLimitMicro, monthName, regularMicro, windowMs } from '@meterline/domain'

import type { AlertSpan, RuleFinding } from '../moment.ts'
import type { BurnState } from '../state/burn-state.ts'
import type { ScopeBurn } from '../state/scope-burn.ts'
import { policyFinding } from './policy-finding.ts'

const FIVE_MINUTES_MS = 300_000
const DAY_MS = 86_400_000

/** Every pair of windows over every allocation of the scope. The scope's windows have to stand at the clock. */
export function burnRateFindings(burn: BurnState, scope: ScopeBurn): RuleFinding[] {
  const policies = burn.rulesOf(scope).burnRate
  if (policies.length === 0) return []
  const { calendar, clockMs } = burn
  const today = calendar.day(clockMs)
  const month = calendar.month(today)
  const startDay = calendar.monthStartDay(month)
  const pace = {
    windows: scope.windows.totals(),
    monthMicro: scope.days.between(startDay, today + 1),
    monthStartMs: calendar.dayStartMs(startDay),
    monthEndMs: calendar.dayStartMs(calendar.monthStartDay(month + 1)),
    nowMs: clockMs,
    regularMicro: (window: string) => regularMicro(scope.windows, clockMs, windowMs(window)),
  }
  return burn.allocationsOf(scope.scope).flatMap((allocation) =>
    policies.map((policy: AlertPolicy) => {
      const limitMicro = monthLimitMicro(allocation, month)
      const found = burnRate(policy, { ...pace, limitMicro })
      return policyFinding(scope, policy, {
        identity: {
          rule: 'burn_rate',
          window: found.long,
          period: monthName(month),
          threshold: found.factor,
        },
        ...(found.isOncePerPeriod ? { limitMicro } : { beganMs: clockMs }),
        allocation,
        standing: found.standing,
        observed: Math.round(found.rate * 1_000) / 1_000,
        currentMicro: found.currentMicro,
        baseline: { mean: found.evenMicro, stddev: 0, samples: 0 },
        span: spanOf(burn, windowMs(found.long)),
      })
    }),
  )
}

/** Long windows are looked at by days: drivers of five minutes are kept for hours only. */
function spanOf({ calendar, clockMs }: BurnState, lengthMs: number): AlertSpan {
  if (lengthMs > DAY_MS) {
    return { kind: 'days', fromDay: calendar.day(clockMs - lengthMs), toDay: calendar.day(clockMs) + 1 }
  }
  const toMs = Math.ceil(clockMs / FIVE_MINUTES_MS) * FIVE_MINUTES_MS
  return { kind: 'panes', fromMs: toMs - lengthMs, toMs, previousFromMs: toMs - 2 * lengthMs }
}
