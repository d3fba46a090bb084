import { dayName, numberParam, RequestRun } from '@meterline/domain'
import type { AlertRule } from '@meterline/domain'

import type { RuleFinding } from '../moment.ts'
import type { BurnState } from '../state/burn-state.ts'
import type { ScopeBurn } from '../state/scope-burn.ts'
import { policyFinding } from './policy-finding.ts'

/** Requests that no total shows, by the name under which a scope keeps its run of them. */
const RULES = { unrated: 'unrated_usage', rejected: 'rejected_usage' } as const satisfies Record<
  string,
  AlertRule
>
type RunName = keyof typeof RULES

/** Usage without a rate, or rejected: counted at the record that tells of it. */
export function runFindings(
  burn: BurnState,
  scope: ScopeBurn,
  { name, requests }: { readonly name: RunName; readonly requests: number },
): RuleFinding[] {
  if (requests <= 0 || burn.rulesOf(scope)[name] === undefined) return []
  const run = (scope[name] ??= new RequestRun())
  run.add(requests, burn.calendar.day(burn.clockMs), burn.clockMs)
  burn[name].add(scope)
  scope.marks.mark('detector', 0, name)
  return runFinding(burn, scope, name)
}

/** Whether it still goes on: asked as time passes. A run that is over is forgotten, so that the next one is news. */
export function runEnds(burn: BurnState, name: RunName): RuleFinding[] {
  if (burn[name].size === 0) return []
  return [...burn[name]]
    .sort((a, b) => (a.scope < b.scope ? -1 : 1))
    .flatMap((scope) => {
      const findings = runFinding(burn, scope, name)
      if (findings.length > 0 && findings.every(({ standing }) => standing !== 'below')) return []
      scope[name]?.reset(burn.calendar.day(burn.clockMs))
      scope.marks.mark('detector', 0, name)
      burn[name].delete(scope)
      return findings
    })
}

function runFinding(burn: BurnState, scope: ScopeBurn, name: RunName): RuleFinding[] {
  const policy = burn.rulesOf(scope)[name]
  const run = scope[name]
  if (policy === undefined || run === undefined) return []
  const today = burn.calendar.day(burn.clockMs)
  return [
    policyFinding(scope, policy, {
      identity: {
        rule: RULES[name],
        window: 'day',
        period: dayName(today),
        threshold: numberParam(policy, 'minimum_requests'),
      },
      beganMs: run.firstMs,
      standing: run.standing(policy, burn.clockMs),
      observed: run.requests,
      currentMicro: scope.days.creditsMicro(today),
      baseline: null,
      evidenceOf: name,
      span: { kind: 'day', day: today },
    }),
  ]
}
