import { dayName, numberParam, weeklyRise } from '@meterline/domain'

import type { RuleFinding } from '../moment.ts'
import type { BurnState } from '../state/burn-state.ts'
import type { ScopeBurn } from '../state/scope-burn.ts'
import { firingAlert, policyFinding } from './policy-finding.ts'

const DAYS_PER_WEEK = 7

/** The last seven full days of every watched scope against the weeks before, as a day begins. */
export function weeklyFindings(burn: BurnState): RuleFinding[] {
  return burn.watchedScopes().flatMap((scope) => weeklyFinding(burn, scope))
}

function weeklyFinding(burn: BurnState, scope: ScopeBurn): RuleFinding[] {
  const policy = burn.rulesOf(scope).weekly
  if (policy === undefined) return []
  const today = burn.calendar.day(burn.clockMs)
  scope.advanceDays(today)
  const rise = weeklyRise(scope.days, today)
  const memory = firingAlert(scope, { rule: 'anomaly_weekly', window: '7d' })
  if (rise === undefined) return []
  const { z: neededZ, resolve_below } = burn.anomalies.weekly
  const threshold = numberParam(policy, 'rise')
  const isLarge = rise.weekMicro - rise.usualMicro >= policy.minimum_credits_micro
  const isHigh = isLarge && rise.rise >= threshold && rise.z >= neededZ
  if (!isHigh && memory === undefined) return []
  return [
    policyFinding(scope, policy, {
      identity: {
        rule: 'anomaly_weekly',
        window: '7d',
        period: memory?.alert.period ?? dayName(today - 1),
        threshold,
      },
      beganMs: memory?.episode ?? burn.calendar.dayStartMs(today),
      standing: isHigh ? 'crossed' : rise.rise < resolve_below ? 'below' : 'between',
      observed: rise.rise,
      currentMicro: rise.weekMicro,
      baseline: { mean: rise.usualMicro, stddev: 0, samples: DAYS_PER_WEEK },
      z: rise.z,
      span: { kind: 'days', fromDay: today - DAYS_PER_WEEK, toDay: today },
    }),
  ]
}
