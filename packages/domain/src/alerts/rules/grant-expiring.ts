import type { GrantBalance } from '../../spend/budget-policy.ts'
import type { AlertPolicy } from '../alert-entities.ts'
import type { Finding } from '../alert-lifecycle.ts'
import { numberParam } from './alert-policies.ts'

const DAY_MS = 86_400_000

export interface GrantExpiring {
  readonly standing: Finding['standing']
  /** Days before the expiry at which it speaks. */
  readonly threshold: number
  /** Days left. */
  readonly observed: number
}

/** A grant with credits left that will be lost soon. It is over when they are spent or have expired. */
export function grantExpiring(policy: AlertPolicy, grant: GrantBalance, nowMs: number): GrantExpiring {
  const threshold = numberParam(policy, 'days')
  const leftMs = grant.expires_at_ms - nowMs
  const isWorth = grant.remaining_micro > 0 && grant.remaining_micro >= policy.minimum_credits_micro
  const observed = Math.max(0, Math.round((leftMs / DAY_MS) * 100) / 100)
  if (!isWorth || leftMs <= 0) return { threshold, observed, standing: 'below' }
  return { threshold, observed, standing: leftMs <= threshold * DAY_MS ? 'crossed' : 'between' }
}
