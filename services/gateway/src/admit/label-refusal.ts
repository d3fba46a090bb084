import { labelFault } from '@meterline/domain'
import type { Labels, OrganizationView, RejectionReason } from '@meterline/domain'

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

/** What a label policy has against `labels`, those of the key among them. */
export function policyRefusal(
  view: OrganizationView,
  labels: Labels,
  canonical: Labels,
): LabelRefusal | undefined {
  const fault = labelFault(view, labels, canonical)
  if (fault === undefined) return undefined
  const { reason, label, error } = fault
  return { reason, field: `usage_labels.${label}`, message: error }
}
