import type { LabelPolicy, Labels, OrganizationView, RejectionReason } from '@meterline/domain'

const MAX_NAMED_VALUES = 10
const MAX_NAMED_CHARACTERS = 64

/** What a policy of the organization has against the labels of an event. */
export interface LabelFault {
  readonly reason: Extract<RejectionReason, 'label_missing' | 'label_not_allowed'>
  readonly label: string
  /** The rest of a sentence that begins with the label. */
  readonly what: string
}

/** Holds the labels of an event, those of its key over those that were sent, against every label policy. */
export interface LabelPolicies {
  /** The first fault, by the order of the policies' labels; at no cost where there is no policy. */
  faultOf(labels: Labels): LabelFault | undefined
  /** As `faultOf`, of the values that are there: what is missing may still come with an event. */
  valueFaultOf(labels: Labels): LabelFault | undefined
}

interface Rule {
  readonly label: string
  readonly required: boolean
  /** `undefined`: any. */
  readonly allowed: ReadonlySet<string> | undefined
}

/** The policies are taken apart once per state of the view. */
export function createLabelPolicies(view: OrganizationView): LabelPolicies {
  const { label_policy: policies } = view.entities
  let rules: readonly Rule[] = []
  let keptOffset: number | undefined
  const current = (): readonly Rule[] => {
    if (keptOffset !== view.offset) rules = rulesOf(policies.values())
    keptOffset = view.offset
    return rules
  }
  return {
    faultOf: (labels) => (policies.size === 0 ? undefined : firstFault(current(), labels, true)),
    valueFaultOf: (labels) => (policies.size === 0 ? undefined : firstFault(current(), labels, false)),
  }
}

function rulesOf(policies: Iterable<LabelPolicy>): readonly Rule[] {
  return [...policies]
    .sort((a, b) => (a.label < b.label ? -1 : 1))
    .map(({ label, required, allowed_values }) => ({
      label,
      required,
      allowed: allowed_values.length === 0 ? undefined : new Set(allowed_values),
    }))
}

function firstFault(rules: readonly Rule[], labels: Labels, isWhole: boolean): LabelFault | undefined {
  for (const { label, required, allowed } of rules) {
    const value = Object.hasOwn(labels, label) ? labels[label] : undefined
    // An empty label says nothing, so it is none.
    if (value === undefined || value === '') {
      if (required && isWhole) return { reason: 'label_missing', label, what: `is missing${among(allowed)}` }
    } else if (allowed !== undefined && !allowed.has(value)) {
      return { reason: 'label_not_allowed', label, what: `is ${JSON.stringify(value)}${among(allowed)}` }
    }
  }
  return undefined
}

function among(allowed: Rule['allowed']): string {
  if (allowed === undefined) return ''
  const named = [...allowed]
    .slice(0, MAX_NAMED_VALUES)
    .map((value) => JSON.stringify(value.slice(0, MAX_NAMED_CHARACTERS)))
  return `, allowed is ${named.join(', ')}${allowed.size > named.length ? ', …' : ''}`
}
