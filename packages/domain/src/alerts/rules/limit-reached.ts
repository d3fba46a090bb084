import type { AlertPolicy } from '../alert-entities.ts'
import type { Finding } from '../alert-lifecycle.ts'
import { numberParam } from './alert-policies.ts'
import type { ScopeLimit } from './limits-of-scope.ts'

export interface LimitReached {
  readonly standing: Finding['standing']
  /** Share of the cap at which it speaks. */
  readonly threshold: number
  readonly observed: number
  readonly capMicro: number
}

/** Only what was taken back, or a cap or smallest size that was raised, ends it before its period: 5 % below. */
const HYSTERESIS = 0.95

/** Spend of the period against the hard cap of a limit, or against its soft cap where it has no other. `undefined`: no cap. */
export function limitReached(
  policy: AlertPolicy,
  limit: ScopeLimit,
  spentMicro: number,
): LimitReached | undefined {
  const capMicro = limit.hard_cap_micro ?? limit.soft_cap_micro
  if (capMicro === null) return undefined
  const threshold = numberParam(policy, 'share')
  const neededMicro = Math.max(threshold * capMicro, policy.minimum_credits_micro)
  const isCrossed = spentMicro > 0 && spentMicro >= neededMicro
  return {
    threshold,
    capMicro,
    observed: capMicro > 0 ? spentMicro / capMicro : spentMicro > 0 ? MAX_SHARE : 0,
    standing: isCrossed ? 'crossed' : spentMicro < HYSTERESIS * neededMicro ? 'below' : 'between',
  }
}

/** Stands for "without bound" where nothing was allowed. */
const MAX_SHARE = 1_000_000
