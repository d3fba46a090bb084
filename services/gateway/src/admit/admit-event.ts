import type { ReceivedUsage } from '@meterline/contract'
import { keyById, keyIsActive, settingsOf, splitUnits, validateUsage } from '@meterline/domain'
import type {
  ApiKey,
  Labels,
  OrganizationView,
  Rejection,
  RejectionReason,
  UsageEvent,
} from '@meterline/domain'

import type { Caller } from '../auth/caller.ts'
import { maySendForOthers } from '../auth/caller.ts'
import { fieldNamedIn } from './field-named-in.ts'
import type { KeyLabels } from './key-labels.ts'
import type { LabelFault, LabelPolicies } from './label-policies.ts'

interface Refusal {
  readonly reason: RejectionReason
  readonly message: string
  readonly field?: string
}

export type Admission =
  | {
      readonly ok: true
      readonly event: UsageEvent
      /** The labels are the key's own (attribution method B). */
      readonly attributedByGateway: boolean
    }
  | { readonly ok: false; readonly refusal: Refusal }

export interface AdmissionContext {
  readonly caller: Caller
  readonly view: OrganizationView
  readonly keyLabels: KeyLabels
  readonly labelPolicies: LabelPolicies
  readonly nowMs: number
}

/** Whether a well-formed event is taken, and whose it is. The key's labels are put on it; what contradicts them is refused. */
export function admitEvent(usage: ReceivedUsage, context: AdmissionContext): Admission {
  const payer = payerOf(usage, context)
  if ('reason' in payer) return { ok: false, refusal: payer }
  const { keyId, key } = payer
  const labels = key === undefined ? undefined : context.keyLabels(key)
  if (key !== undefined && labels === undefined) {
    const message = `the key ${keyId} lacks a required label (team, cost_center, project, environment): complete it in the organization`
    return { ok: false, refusal: { reason: 'missing_label', message, field: 'api_key_id' } }
  }
  const contradiction = contradictionIn(usage.usage_labels, labels ?? {})
  if (contradiction !== undefined) return { ok: false, refusal: contradiction }

  const event: UsageEvent = {
    ...usage,
    api_key_id: keyId,
    usage_labels: labels === undefined ? usage.usage_labels : { ...usage.usage_labels, ...labels },
  }
  const problem = validateUsage(event, { receivedMs: context.nowMs, stage: 'gateway' }) ?? unitsProblem(event)
  if (problem !== undefined) {
    const field = fieldNamedIn(problem.error)
    const { reason, error: message } = problem
    return { ok: false, refusal: { reason, message, ...(field === undefined ? {} : { field }) } }
  }
  // A correction keeps the labels of the call, which was let in.
  const fault = event.corrects === null ? context.labelPolicies.faultOf(event.usage_labels) : undefined
  if (fault !== undefined) return { ok: false, refusal: againstPolicy(fault, labels ?? {}) }
  return { ok: true, event, attributedByGateway: key?.labels_from === 'registry' }
}

/** What meter would refuse, whatever the rates: parts that add up to more than their total. */
function unitsProblem({ units }: UsageEvent): Pick<Rejection, 'reason' | 'error'> | undefined {
  const split = splitUnits(units, {})
  return split.kind === 'contradiction' ? { reason: 'invalid_field', error: split.error } : undefined
}

interface Payer {
  readonly keyId: string
  /** `undefined` where the organization takes unattributed usage of keys it does not know. */
  readonly key: ApiKey | undefined
}

function payerOf(
  { api_key_id: stated }: ReceivedUsage,
  { caller, view, nowMs }: AdmissionContext,
): Payer | Refusal {
  if (caller.kind === 'key' && (stated === null || stated === caller.key.id)) {
    return { keyId: caller.key.id, key: caller.key }
  }
  if (stated === null) {
    return refusal('invalid_field', 'is missing: with the admin token, say whose usage it is')
  }
  if (!maySendForOthers(caller)) {
    return refusal('invalid_field', 'is another key: leave it out, or use a key that may send for others')
  }
  const key = keyById(view, stated)
  if (key === undefined) {
    if (settingsOf(view)?.unattributed === 'accept') return { keyId: stated, key }
    return refusal('unknown_key', `${JSON.stringify(stated)} is not a key of this organization`)
  }
  if (!keyIsActive(key, nowMs)) return refusal('disabled_key', `${stated} is disabled or expired`)
  return { keyId: stated, key }
}

function refusal(reason: RejectionReason, what: string): Refusal {
  return { reason, field: 'api_key_id', message: `api_key_id ${what}` }
}

/** Says who can mend it: the sender, or whoever keeps the key. */
function againstPolicy({ reason, label, what }: LabelFault, canonical: Labels): Refusal {
  const field = `usage_labels.${label}`
  const isOfKey = reason === 'label_not_allowed' && Object.hasOwn(canonical, label)
  const wayOut = isOfKey
    ? 'it is of the key itself: change that in the organization, or the policy'
    : 'set it on the event'
  return { reason, field, message: `${field} ${what} by a label policy: ${wayOut}` }
}

function contradictionIn(stated: Labels, canonical: Labels): Refusal | undefined {
  for (const [label, value] of Object.entries(canonical)) {
    if (!Object.hasOwn(stated, label) || stated[label] === value) continue
    return {
      reason: 'contradicting_label',
      field: `usage_labels.${label}`,
      message: `usage_labels.${label} is ${JSON.stringify(stated[label])}, but the key's is ${JSON.stringify(value)}: leave it out`,
    }
  }
  return undefined
}
