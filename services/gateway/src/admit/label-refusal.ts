import type { Labels, RejectionReason } from '@meterline/domain'

import type { LabelFault, LabelPolicies } from './label-policies.ts'

/** Why labels are not taken, and which one it is. */
export interface LabelRefusal {
  readonly reason: Extract<RejectionReason, 'contradicting_label' | 'label_missing' | 'label_not_allowed'>
  readonly field: string
  readonly message: string
}

/** A label that was sent and is not the key's own value of it. */
export function contradictionIn(stated: Labels, canonical: Labels): LabelRefusal | undefined {
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

/** What a policy has against `labels`, those of the key among them. Says who can mend it: the sender, or whoever keeps the key. */
export function policyRefusal(
  policies: LabelPolicies,
  labels: Labels,
  canonical: Labels,
): LabelRefusal | undefined {
  const fault = policies.faultOf(labels)
  return fault === undefined ? undefined : againstPolicy(fault, canonical)
}

function againstPolicy({ reason, label, what }: LabelFault, canonical: Labels): LabelRefusal {
  const field = `usage_labels.${label}`
  const isOfKey = reason === 'label_not_allowed' && Object.hasOwn(canonical, label)
  const wayOut = isOfKey
    ? 'it is of the key itself: change that in the organization, or the policy'
    : 'set it on the event'
  return { reason, field, message: `${field} ${what} by a label policy: ${wayOut}` }
}
