import type { AlertPolicy } from '@meterline/domain'
import { dailyZ, dayName, numberParam } from '@meterline/domain'

import type { RuleFinding } from '../moment.ts'
import type { BurnState } from '../state/burn-state.ts'
import type { ScopeBurn } from '../state/scope-burn.ts'
import { policyFinding } from './policy-finding.ts'

/** The daily z if today's spend were `currentMicro`: the more it is, the higher the standing. */
export function dailyFinding(
  burn: BurnState,
  scope: ScopeBurn,
  policy: AlertPolicy,
  currentMicro: number,
): RuleFinding {
  const { resolve_below, minimum_impact_micro } = burn.anomalies.daily_z
  const threshold =
    policy.params['threshold'] === undefined
      ? burn.anomalies.daily_z.threshold
      : numberParam(policy, 'threshold')
  const today = burn.calendar.day(burn.clockMs)
  const baseline = scope.dailyBaseline(today)
  const { z } = dailyZ(currentMicro, baseline)
  // What the place in the month explains is no anomaly; the score that is shown stays the one that SQL gives.
  const unexplainedMicro = currentMicro / scope.monthFactor(burn.calendar, today)
  const isHigh = z !== null && z > threshold && (dailyZ(unexplainedMicro, baseline).z ?? 0) > threshold
  const large =
    unexplainedMicro - baseline.mean >= Math.max(minimum_impact_micro, policy.minimum_credits_micro)
  return policyFinding(scope, policy, {
    identity: { rule: 'anomaly_daily', window: 'day', period: dayName(today), threshold },
    standing: z === null ? 'unknown' : isHigh && large ? 'crossed' : z <= resolve_below ? 'below' : 'between',
    observed: z ?? 0,
    currentMicro,
    baseline,
    z,
    span: { kind: 'day', day: today },
  })
}
