import { dayName, numberParam, UnratedWatch } from '@meterline/domain'

import type { RuleFinding } from '../moment.ts'
import type { BurnState } from '../state/burn-state.ts'
import type { ScopeBurn } from '../state/scope-burn.ts'
import type { Spend } from '../wire/delta-scan.ts'
import { policyFinding } from './policy-finding.ts'

/** Usage without a rate: counted at the delta that holds it. */
export function unratedFindings(burn: BurnState, scope: ScopeBurn, delta: Spend): RuleFinding[] {
  if (delta.unrated_requests <= 0 || burn.rulesOf(scope).unrated === undefined) return []
  scope.unrated ??= new UnratedWatch()
  scope.unrated.add(delta.unrated_requests, burn.calendar.day(burn.clockMs), burn.clockMs)
  burn.unrated.add(scope)
  scope.marks.mark('detector', 0, 'unrated')
  return unratedFinding(burn, scope)
}

/** Whether it still goes on: asked as time passes. A run that is over is forgotten, so that the next one is news. */
export function unratedEnds(burn: BurnState): RuleFinding[] {
  if (burn.unrated.size === 0) return []
  return [...burn.unrated]
    .sort((a, b) => (a.scope < b.scope ? -1 : 1))
    .flatMap((scope) => {
      const findings = unratedFinding(burn, scope)
      if (findings.length > 0 && findings.every(({ standing }) => standing !== 'below')) return []
      scope.unrated?.reset(burn.calendar.day(burn.clockMs))
      scope.marks.mark('detector', 0, 'unrated')
      burn.unrated.delete(scope)
      return findings
    })
}

function unratedFinding(burn: BurnState, scope: ScopeBurn): RuleFinding[] {
  const policy = burn.rulesOf(scope).unrated
  const watch = scope.unrated
  if (policy === undefined || watch === undefined) return []
  const today = burn.calendar.day(burn.clockMs)
  return [
    policyFinding(scope, policy, {
      identity: {
        rule: 'unrated_usage',
        window: 'day',
        period: dayName(today),
        threshold: numberParam(policy, 'minimum_requests'),
      },
      beganMs: watch.firstMs,
      standing: watch.standing(policy, burn.clockMs),
      observed: watch.requests,
      currentMicro: scope.days.creditsMicro(today),
      baseline: null,
      isUnrated: true,
      span: { kind: 'day', day: today },
    }),
  ]
}
