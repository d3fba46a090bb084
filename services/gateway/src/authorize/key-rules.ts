import type { Labels, ModelRefusal, OrganizationView, RateRule } from '@meterline/domain'
import { blockFor, modelRefusal, rateRuleFor } from '@meterline/domain'

import { createKeyLabels } from '../admit/key-labels.ts'
import { contradictionIn, policyRefusal } from '../admit/label-refusal.ts'
import { createTokenBucket, type TokenBucket } from '../bounds/token-bucket.ts'
import { ApiError } from '../http/api-error.ts'
import { AUTHORIZE } from './bounds.ts'
import type { AuthorizationDecision } from './decision.ts'
import type { Subject } from './subject.ts'

/** Of one key and user: they call a few, and may name any. */
const MAX_MODELS_KEPT = 32

type Refusal = Exclude<AuthorizationDecision, { readonly decision: 'allow' }>

/** What is to be called, as far as rules speak of it. */
interface PlannedCall {
  readonly model: string
  readonly labels: Labels | undefined
}

/** What stands in the way of a request apart from credits. */
export interface KeyRules {
  /** Throws `ApiError` 403 for labels of a key whose own are not complete. */
  refusal(subject: Subject, call: PlannedCall, nowMs: number): Refusal | undefined
}

/** `processes`: how many gateways share a rate; each holds its part. */
export function createKeyRules(view: OrganizationView, processes: number): KeyRules {
  const keyLabels = createKeyLabels(view)
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

  const { block: blocks } = view.entities
  const models = createModelRefusals(view)

  /** Of an event with these labels: it would be refused. */
  function labelRefusal({ key }: Subject, stated: Labels): Refusal | undefined {
    const canonical = keyLabels(key)
    if (canonical === undefined) {
      throw new ApiError(403, 'incomplete_key', `the key ${key.id} lacks a label that every event needs`, {
        hint: 'complete the key in the organization',
      })
    }
    const refused =
      contradictionIn(stated, canonical) ?? policyRefusal(view, { ...stated, ...canonical }, canonical)
    if (refused === undefined) return undefined
    const { reason: code, message, field } = refused
    return { decision: 'deny', code, message, field, standing: null, rule: null }
  }

  return {
    refusal(subject, { model, labels }, nowMs) {
      const block = blocks.size === 0 ? undefined : blockFor(view, { ...subject, model }, nowMs)
      if (block !== undefined) {
        const { id, scope, reason } = block
        return deny('blocked', `${scope} is blocked: ${reason}`, { id, scope })
      }
      const refused = models(subject, model)
      if (refused !== undefined) {
        const { source, id, scope, allowed } = refused
        const message = `${model} is not among the models of ${source} ${id}: ${allowed.join(', ') || 'none'}`
        return deny('model_not_allowed', message, { id, scope })
      }
      const refusedLabel = labels === undefined ? undefined : labelRefusal(subject, labels)
      if (refusedLabel !== undefined) return refusedLabel
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

/** As `modelRefusal`, worked out once per subject and model: a subject is another object when the organization is another. */
function createModelRefusals(
  view: OrganizationView,
): (subject: Subject, model: string) => ModelRefusal | undefined {
  const kept = new WeakMap<Subject, Map<string, ModelRefusal | undefined>>()
  return (subject, model) => {
    let ofSubject = kept.get(subject)
    if (ofSubject === undefined) kept.set(subject, (ofSubject = new Map()))
    if (ofSubject.has(model)) return ofSubject.get(model)
    if (ofSubject.size >= MAX_MODELS_KEPT) ofSubject.clear()
    const refusal = modelRefusal(view, { ...subject, model })
    ofSubject.set(model, refusal)
    return refusal
  }
}

function deny(
  code: 'blocked' | 'model_not_allowed',
  message: string,
  rule: { readonly id: string; readonly scope: string },
): Refusal {
  return { decision: 'deny', code, message, standing: null, rule }
}
