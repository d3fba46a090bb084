import { dayName, grantExpiring, scopeId } from '@meterline/domain'

import type { RuleFinding } from '../moment.ts'
import type { BurnState } from '../state/burn-state.ts'
import { policyFinding } from './policy-finding.ts'

/**
 * Grants that will expire, said where the spend of the whole organization is kept: one partition in all. An organization that has
 * not spent for two months has no such partition, and hears nothing, unless something that it was told of still stands.
 */
export function grantFindings(burn: BurnState): RuleFinding[] {
  const { grants = [], organization } = burn.policy
  const scope = grants.length === 0 ? undefined : burn.scopes.get(scopeId('org', organization))
  const policy = scope && burn.rulesOf(scope).grantExpiring
  if (scope === undefined || policy === undefined) return []
  return grants.map((grant) => {
    const found = grantExpiring(policy, grant, burn.clockMs)
    return policyFinding(scope, policy, {
      identity: {
        rule: 'grant_expiring',
        window: 'day',
        period: dayName(burn.calendar.day(grant.expires_at_ms)),
        threshold: found.threshold,
        about: `grant:${grant.id}`,
      },
      standing: found.standing,
      observed: found.observed,
      currentMicro: 0,
      baseline: { mean: grant.remaining_micro, stddev: 0, samples: 0 },
      span: { kind: 'day', day: burn.calendar.day(burn.clockMs) },
    })
  })
}
