import { expect, test } from 'vitest'

import type { LabelPolicy } from '../access/access-entities.ts'
import type { ControlEvent } from '../control/control-event.ts'
import { createOrganizationView, foldControlEvent } from '../organization/organization-view.ts'
import { labelFault, mayHaveLabels } from './label-fault.ts'

const policy = (label: string, change: Partial<LabelPolicy> = {}): ControlEvent => ({
  schema: 1,
  command_id: 'c',
  at_ms: 0,
  actor: 'test',
  type: 'put',
  kind: 'label_policy',
  id: `p-${label}`,
  data: { id: `p-${label}`, label, required: false, allowed_values: [], ...change },
})

function viewOf(...policies: readonly ControlEvent[]) {
  const view = createOrganizationView()
  for (const [offset, event] of policies.entries()) foldControlEvent(view, event, offset)
  return view
}

test('two policies of one label hold both; names of the prototype are labels like others', () => {
  const view = viewOf(
    policy('a', { allowed_values: ['x', 'y'] }),
    { ...policy('b', { label: 'a', allowed_values: ['y', 'z'] }) },
    policy('constructor', { required: true }),
  )
  const labels = (a: string) => ({ a, constructor: 'c' })
  expect(['x', 'y', 'z'].map((a) => labelFault(view, labels(a), {})?.label)).toEqual(['a', undefined, 'a'])
  expect(labelFault(view, { a: 'y' }, {})).toMatchObject({ reason: 'label_missing', label: 'constructor' })
  expect(mayHaveLabels(view, { a: 'y' })).toBe(true)
  expect(mayHaveLabels(view, { a: 'z' })).toBe(false)
})

test('the sentence names who can mend it: the sender, or whoever keeps the key', () => {
  const view = viewOf(policy('tier', { required: true, allowed_values: ['gold', 'silver'] }))
  expect(labelFault(view, { tier: '' }, {})?.error).toBe(
    'usage_labels.tier is missing, allowed is "gold", "silver" by a label policy: set it on the event',
  )
  expect(labelFault(view, { tier: 'tin' }, { tier: 'tin' })?.error).toBe(
    'usage_labels.tier is "tin", allowed is "gold", "silver" by a label policy: it is of the key itself: change that in the organization, or the policy',
  )
})

test('a long list of values is not told whole', () => {
  const many = Array.from({ length: 1_000 }, (_, index) => `v${index}`)
  const view = viewOf(policy('a', { allowed_values: many }))
  expect(labelFault(view, { a: 'other' }, {})?.error).toMatch(/"v9", … by a label policy/)
})

test('follows the policies as they change', () => {
  const view = viewOf(policy('a', { required: true }))
  expect(labelFault(view, {}, {})?.reason).toBe('label_missing')
  foldControlEvent(view, policy('a', { required: false }), 1)
  expect(labelFault(view, {}, {})).toBeUndefined()
})
