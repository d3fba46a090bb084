import type { LabelPolicy } from '../access/access-entities.ts'
import type { SpendView } from '../organization/organization-view.ts'
import type { RejectionReason } from './rejection.ts'
import type { Labels } from './usage-event.ts'

const MAX_NAMED_VALUES = 10
const MAX_NAMED_CHARACTERS = 64

/** What a label policy of the organization has against the labels of an event. */
export interface LabelFault {
  readonly reason: Extract<RejectionReason, 'label_missing' | 'label_not_allowed'>
  readonly label: string
  /** A sentence that names the label and the way out. */
  readonly error: string
}

/**
 * The first fault by the order of the policies' labels, at no cost where there is no policy. The gateway and meter ask the same
 * question here. `labels` are those of the event with those of its key over them; `ofKey` are the key's own, which only the
 * organization can mend.
 */
export function labelFault(view: SpendView, labels: Labels, ofKey: Labels): LabelFault | undefined {
  if (view.entities.label_policy.size === 0) return undefined
  for (const rule of rulesOf(view)) {
    const value = valueOf(labels, rule.label)
    if (value === undefined && rule.required) return fault('label_missing', rule, { ofKey })
    if (value !== undefined && !allows(rule, value)) return fault('label_not_allowed', rule, { value, ofKey })
  }
  return undefined
}

/** Whether every label of a key may have the value it has. What it lacks may still come with an event. */
export function mayHaveLabels(view: SpendView, ofKey: Labels): boolean {
  if (view.entities.label_policy.size === 0) return true
  return rulesOf(view).every((rule) => {
    const value = valueOf(ofKey, rule.label)
    return value === undefined || allows(rule, value)
  })
}

interface Rule {
  readonly label: string
  readonly required: boolean
  /** `undefined`: any. */
  readonly allowed: ReadonlySet<string> | undefined
}

const kept = new WeakMap<SpendView, { readonly offset: number; readonly rules: readonly Rule[] }>()

/** The policies are taken apart once per state of the view. */
function rulesOf(view: SpendView): readonly Rule[] {
  const known = kept.get(view)
  if (known?.offset === view.meteringOffset) return known.rules
  const rules = [...view.entities.label_policy.values()].sort(byLabel).map(ruleOf)
  kept.set(view, { offset: view.meteringOffset, rules })
  return rules
}

function byLabel(a: LabelPolicy, b: LabelPolicy): number {
  if (a.label !== b.label) return a.label < b.label ? -1 : 1
  return a.id < b.id ? -1 : 1
}

function ruleOf({ label, required, allowed_values }: LabelPolicy): Rule {
  return { label, required, allowed: allowed_values.length === 0 ? undefined : new Set(allowed_values) }
}

// An empty label says nothing, so it is none.
function valueOf(labels: Labels, label: string): string | undefined {
  return (Object.hasOwn(labels, label) ? labels[label] : undefined) || undefined
}

function allows({ allowed }: Rule, value: string): boolean {
  return allowed === undefined || allowed.has(value)
}

function fault(
  reason: LabelFault['reason'],
  { label, allowed }: Rule,
  of: { readonly value?: string; readonly ofKey: Labels },
): LabelFault {
  const what = of.value === undefined ? 'is missing' : `is ${JSON.stringify(of.value)}`
  const isOfKey = of.value !== undefined && Object.hasOwn(of.ofKey, label)
  const wayOut = isOfKey
    ? 'it is of the key itself: change that in the organization, or the policy'
    : 'set it on the event'
  const error = `usage_labels.${label} ${what}${among(allowed)} by a label policy: ${wayOut}`
  return { reason, label, error }
}

function among(allowed: Rule['allowed']): string {
  if (allowed === undefined) return ''
  const named = [...allowed]
    .slice(0, MAX_NAMED_VALUES)
    .map((value) => JSON.stringify(value.slice(0, MAX_NAMED_CHARACTERS)))
  return `, allowed is ${named.join(', ')}${allowed.size > named.length ? ', …' : ''}`
}
