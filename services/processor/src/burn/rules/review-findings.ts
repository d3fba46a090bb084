import { dayName, scopeId } from '@meterline/domain'

import type { RuleFinding } from '../moment.ts'
import type { BurnState } from '../state/burn-state.ts'
import { policyFinding } from './policy-finding.ts'

const DAY_MS = 86_400_000

/**
 * Limits whose review date has come, said where the spend of the whole organization is kept, as grants are: one partition in all.
 * The alert is about the scope of the limit, so that it goes to whom that belongs. It is over when the limit has another date, or
 * is gone.
 */
export function reviewFindings(burn: BurnState): RuleFinding[] {
  const scope = burn.scopes.get(scopeId('org', burn.policy.organization))
  if (scope === undefined) return []
  return burn.limits.toReview(burn.clockMs).flatMap(({ limit, reviewAtMs }) => {
    const [policy] = burn.alertPolicies.of(limit.scope, 'limit_review')
    if (policy === undefined) return []
    const day = burn.calendar.day(reviewAtMs)
    const finding = policyFinding(scope, policy, {
      identity: {
        rule: 'limit_review',
        window: 'day',
        period: dayName(day),
        threshold: 0,
        about: `limit:${limit.id}`,
      },
      standing: 'crossed',
      observed: Math.floor((burn.clockMs - reviewAtMs) / DAY_MS),
      currentMicro: 0,
      baseline: { mean: limit.hard_cap_micro ?? limit.soft_cap_micro ?? 0, stddev: 0, samples: 0 },
      span: { kind: 'day', day },
    })
    return [{ ...finding, identity: { ...finding.identity, scope: limit.scope } }]
  })
}
