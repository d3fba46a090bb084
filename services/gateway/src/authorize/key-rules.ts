import type { OrganizationView, RateRule } from '@meterline/domain'
import { blockFor, modelRefusal, rateRuleFor } from '@meterline/domain'

import { createTokenBucket, type TokenBucket } from '../bounds/token-bucket.ts'
import { AUTHORIZE } from './bounds.ts'
import type { AuthorizationDecision } from './decision.ts'
import type { Subject } from './subject.ts'

type Refusal = Exclude<AuthorizationDecision, { readonly decision: 'allow' }>

/** What stands in the way of a request apart from credits. */
export interface KeyRules {
  refusal(subject: Subject, model: string, nowMs: number): Refusal | undefined
}

/** `processes`: how many gateways share a rate; each holds its part. */
export function createKeyRules(view: OrganizationView, processes: number): KeyRules {
  const buckets = new Map<string, { readonly rps: number; readonly bucket: TokenBucket }>()

  function bucketOf({ key }: Subject, { max_rps }: RateRule): TokenBucket {
    const known = buckets.get(key.id)
    if (known?.rps === max_rps) return known.bucket
    const oldest = buckets.keys().next()
    if (buckets.size >= AUTHORIZE.maxKept && oldest.done !== true) buckets.delete(oldest.value)
    const perSecond = max_rps / processes
    const bucket = createTokenBucket({ perSecond, burst: Math.max(1, perSecond) })
    buckets.set(key.id, { rps: max_rps, bucket })
    return bucket
  }

  return {
    refusal(subject, model, nowMs) {
      const block = blockFor(view, { ...subject, model }, nowMs)
      if (block !== undefined) {
        const { id, scope, reason } = block
        return deny('blocked', `${scope} is blocked: ${reason}`, { id, scope })
      }
      const refused = modelRefusal(view, { ...subject, model })
      if (refused !== undefined) {
        const { source, id, scope, allowed } = refused
        const message = `${model} is not among the models of ${source} ${id}: ${allowed.join(', ') || 'none'}`
        return deny('model_not_allowed', message, { id, scope })
      }
      const rule = rateRuleFor(view, subject, nowMs)
      if (rule === undefined) return undefined
      const bucket = bucketOf(subject, rule)
      const waitMs = bucket.waitMs(nowMs)
      if (waitMs === 0) {
        bucket.take(1, nowMs)
        return undefined
      }
      return {
        decision: 'throttle',
        code: 'rate_limited',
        message: `more than ${rule.max_rps} requests a second`,
        standing: null,
        rule: { id: rule.id, scope: rule.scope },
        retryAfterSeconds: Math.ceil(waitMs / 1_000),
      }
    },
  }
}

function deny(
  code: 'blocked' | 'model_not_allowed',
  message: string,
  rule: { readonly id: string; readonly scope: string },
): Refusal {
  return { decision: 'deny', code, message, standing: null, rule }
}
