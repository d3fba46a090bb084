import { expect, test } from 'vitest'

import { createOrganizationView, foldControlEvent } from '../organization/organization-view.ts'
import { brokenReference } from './check-references.ts'
import type { ControlChange } from './control-event.ts'

const department: ControlChange = {
  kind: 'department',
  id: 'd',
  type: 'put',
  data: { id: 'd', name: 'D', billing_group: 'g' },
}
const group: ControlChange = { kind: 'billing_group', id: 'g', type: 'put', data: { id: 'g', name: 'G' } }
const groupGone: ControlChange = { kind: 'billing_group', id: 'g', type: 'removed' }
const departmentGone: ControlChange = { kind: 'department', id: 'd', type: 'removed' }
const release = (scope: 'team:*' | 'team:t' | 'customer:c'): ControlChange => ({
  kind: 'release',
  id: 'r',
  type: 'put',
  data: { id: 'r', name: 'R', scope, day: '2026-11-21', expected_extra_credits_micro: 0 },
})

function viewOf(...changes: readonly ControlChange[]) {
  const view = createOrganizationView()
  const head = { schema: 1, command_id: 'c', at_ms: 0, actor: 'test' } as const
  changes.forEach((change, offset) => foldControlEvent(view, { ...head, ...change }, offset))
  return view
}

test('a name must be carried by somebody, who may come with the same command', () => {
  expect(brokenReference(viewOf(), [department])).toEqual({
    code: 'unknown_reference',
    field: 'billing_group',
    about: { kind: 'department', id: 'd' },
    message: 'there is no billing group "g"',
  })
  expect(brokenReference(viewOf(), [department, group])).toBeUndefined()
  expect(brokenReference(viewOf(group), [department])).toBeUndefined()
  expect(brokenReference(viewOf(group), [department, groupGone])?.code).toBe('unknown_reference')
})

test('whoever is still named stays, unless both go together', () => {
  expect(brokenReference(viewOf(group, department), [groupGone])?.message).toBe(
    'billing group "g" cannot be removed: still named by department "d"',
  )
  expect(brokenReference(viewOf(group, department), [groupGone, departmentGone])).toBeUndefined()
})

test('all of a kind names nobody, and what is no part of the hierarchy is not looked for', () => {
  expect(brokenReference(viewOf(), [release('team:*')])).toBeUndefined()
  expect(brokenReference(viewOf(), [release('customer:c')])).toBeUndefined()
  expect(brokenReference(viewOf(), [release('team:t')])?.field).toBe('scope')
})
