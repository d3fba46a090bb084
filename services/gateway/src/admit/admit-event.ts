import type { ReceivedUsage } from '@meterline/contract'
import { keyById, keyIsActive, settingsOf, splitUnits, validateUsage } from '@meterline/domain'
import type { ApiKey, OrganizationView, Rejection, RejectionReason, UsageEvent } from '@meterline/domain'

import type { Caller } from '../auth/caller.ts'
import { maySendForOthers } from '../auth/caller.ts'
import { fieldNamedIn } from './field-named-in.ts'
import type { KeyLabels } from './key-labels.ts'
import { contradictionIn, policyRefusal } from './label-refusal.ts'

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
  const refused =
    event.corrects === null ? policyRefusal(context.view, event.usage_labels, labels ?? {}) : undefined
  if (refused !== undefined) return { ok: false, refusal: refused }
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
